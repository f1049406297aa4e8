/** Where everything lies in the module's memory: laid out once for a model, a longest time and a largest batch. */

import type { ModelConfig } from "../../config/model.ts";
import { type ParameterName, parameterCount, parameterLayout } from "../../parameters.ts";
import { kernelTables, type TableName } from "./kernel-tables.ts";
import { placesOf, type Room } from "./places.ts";
import { recordsOf } from "./records.ts";
import { sizesOf } from "./sizes.ts";

/** Sizes and places, by the names of the module's globals. */
type Layout = ReturnType<typeof sizesOf> &
  ReturnType<typeof recordsOf> &
  ReturnType<typeof placesOf>["at"] &
  ReturnType<typeof tensorOffsets>;

export interface Plan {
  readonly room: Room;
  /** Sequences that go through time together; a larger batch goes in several chunks, one after the other. */
  readonly chunk: number;
  readonly layout: Readonly<Layout>;
  /** What the module reads and never writes: a place in bytes and its int32 numbers. */
  readonly tables: readonly { readonly place: number; readonly numbers: readonly number[] }[];
  readonly bytes: number;
}

export const pageBytes = 65_536;
/** What 32-bit addresses reach, but for the last page, so that an end of memory is an address too. */
const bytesMax = 2 ** 32 - pageBytes;

/** @throws RangeError where the memory that it takes is more than 32-bit addresses reach */
export function wasmPlan(model: ModelConfig, room: Room): Plan {
  const sizes = sizesOf(model);
  const records = recordsOf(sizes);
  const chunk = chunkFor(records.recordBytes);
  const tables = kernelTables(model, sizes);
  const { at, end } = placesOf({
    sizes,
    room,
    chunk,
    parameterCount: parameterCount(model),
    tables,
    ...records,
  });
  if (end > bytesMax) {
    throw new RangeError(
      `Cannot lay out ${model.model} for ${room.sequences} sequences of ${room.times} times in WebAssembly: ` +
        `its memory must be at most ${bytesMax} bytes, it takes ${end}`,
    );
  }
  return {
    room,
    chunk,
    layout: { ...sizes, ...records, ...at, ...tensorOffsets(model) },
    tables: Object.entries(tables).map(([name, numbers]) => ({ place: at[name as TableName], numbers })),
    bytes: end,
  };
}

/** Where each parameter tensor begins among the parameters, and its gradient among the gradients, in bytes. */
function tensorOffsets(model: ModelConfig) {
  const tensors = parameterLayout(model);
  const offset = (name: ParameterName) => 4 * tensors.find((tensor) => tensor.name === name)!.offset;
  return {
    gateOffset: offset("controller.kernel"),
    gateBiasOffset: offset("controller.bias"),
    interfaceOffset: offset("interface.kernel"),
    interfaceBiasOffset: offset("interface.bias"),
    outputOffset: offset("output.kernel"),
    outputBiasOffset: offset("output.bias"),
  };
}

/**
 * Products want many sequences in a chunk, multiples of their four rows; what a gradient keeps of a chunk wants to
 * stay in the cache. It depends on the model alone, because it decides in which order sequences are added up.
 * Measured: ntm-copy, 16 sequences of 22 times, 8.3 ms in chunks of 4, 9.9 of 8, 11.0 of 16; dnc-repeat-copy the same
 * in all.
 */
function chunkFor(recordBytes: number): number {
  if (recordBytes <= 4096) return 16;
  if (recordBytes <= 8192) return 8;
  return recordBytes <= 262_144 ? 4 : 1;
}
