/** Arrays of one length in the module's memory, for long loops over them that are no engine's: adding, updating. */

import { freeFrom, instantiate, newMemory, type WasmModule } from "./module.ts";
import { pageBytes } from "./plan.ts";

export interface WasmArrays {
  readonly module: WasmModule;
  /** Where each begins: what the module is given. */
  readonly places: readonly number[];
  /** [count] each */
  readonly arrays: readonly Float32Array[];
  /** Of each: whole vectors of floats, zeros behind the last number. */
  readonly bytes: number;
}

/** @returns undefined where the module is not built */
export async function wasmArrays(count: number, howMany: number): Promise<WasmArrays | undefined> {
  const bytes = 16 * Math.ceil(count / 4);
  // Behind what the module keeps in memory itself.
  const places = Array.from({ length: howMany }, (_, index) => freeFrom + index * bytes);
  const memory = newMemory(Math.ceil((freeFrom + howMany * bytes) / pageBytes));
  try {
    const module = await instantiate(memory);
    const arrays = places.map((place) => new Float32Array(memory.buffer, place, count));
    return { module, places, arrays, bytes };
  } catch {
    return undefined;
  }
}
