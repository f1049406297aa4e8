/** Where everything lies in the module's memory: laid out once for a model, a longest time and a largest batch. */

import type { ModelConfig } from "../../config/model.ts";
import { parameterLayout } from "../../parameters.ts";
import { kernelTables } from "./kernel-tables.ts";
import { placesOf, type Room } from "./places.ts";
import { recordsOf } from "./records.ts";
import { sizesOf } from "./sizes.ts";
import { headerPlace, type Word, wordNames } from "./words.ts";

export interface Plan {
  readonly room: Room;
  /** Sequences that go through time together; a larger batch goes in several chunks, one after the other. */
  readonly chunk: number;
  /** Sizes and places by name, in the order in which the module takes them. */
  readonly words: Readonly<Record<Word, number>>;
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
  const { at: inRecords, ...records } = recordsOf(sizes);
  const chunk = chunkFor(records.recordBytes);
  const layout = parameterLayout(model);
  const parameterCount = layout.reduce((sum, { length }) => sum + length, 0);
  const tables = kernelTables(model, sizes);
  const { at, bytes } = placesOf({ sizes, room, chunk, parameterCount, tables, ...records });
  if (bytes > bytesMax) {
    throw new RangeError(
      `Cannot lay out ${model.model} for ${room.sequences} sequences of ${room.times} times in WebAssembly: ` +
        `its memory must be at most ${bytesMax} bytes, it takes ${bytes}`,
    );
  }
  const [gateOffset, gateBiasOffset, interfaceOffset, interfaceBiasOffset, outputOffset, outputBiasOffset] =
    layout.map(({ offset }) => 4 * offset);
  const all: Readonly<Record<string, number | undefined>> = {
    ...inRecords,
    ...at,
    ...sizes,
    ...records,
    ...{ parameterCount, gateOffset, gateBiasOffset, interfaceOffset, interfaceBiasOffset },
    ...{ outputOffset, outputBiasOffset },
  };
  const words = Object.fromEntries(wordNames.map((name) => [name, all[name]!])) as Record<Word, number>;
  return {
    room,
    chunk,
    words,
    tables: [
      { place: headerPlace, numbers: Object.values(words) },
      ...Object.entries(tables).map(([name, numbers]) => ({ place: at[name]!, numbers })),
    ],
    bytes,
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
