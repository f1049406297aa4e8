/** Arrays of one length in a module's memory, for long loops outside the engines: adding and updating. */

import { freeFrom, instantiate, newMemory, type WasmModule } from "./module.ts";
import { pageBytes } from "./plan.ts";

export interface WasmArrays {
  readonly module: WasmModule;
  /** Where each begins. */
  readonly addresses: readonly number[];
  /** [count] each */
  readonly arrays: readonly Float32Array[];
  /** The size of each: whole vectors of floats, with zeros after the last number. */
  readonly bytes: number;
}

/** @returns undefined if the module is not built */
export async function wasmArrays(count: number, howMany: number): Promise<WasmArrays | undefined> {
  const bytes = 16 * Math.ceil(count / 4);
  const addresses = Array.from({ length: howMany }, (_, index) => freeFrom + index * bytes);
  const memory = newMemory(Math.ceil((freeFrom + howMany * bytes) / pageBytes));
  try {
    const module = await instantiate(memory);
    const arrays = addresses.map((address) => new Float32Array(memory.buffer, address, count));
    return { module, addresses, arrays, bytes };
  } catch {
    return undefined;
  }
}
