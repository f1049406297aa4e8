/** Batches: sequences side by side, the input of an engine. */

import { bytesOf } from "./sha256.ts";

/** B sequences side by side, padded to the longest: what an engine is given. */
export interface Batch {
  /** Time steps of the longest sequence, T. */
  readonly times: number;
  /** Sequences, B. */
  readonly sequences: number;
  /** [time, batch, input], row-major. */
  readonly x: Float32Array;
  /** [time, batch, output], row-major; not necessarily 0 if the mask is. */
  readonly y: Float32Array;
  /** [time, batch], 1 if the output counts, else 0. */
  readonly mask: Float32Array;
}

/** A batch's bytes, without a copy: what its hash is of. */
export function batchBytes({ x, y, mask }: Batch): [Uint8Array, Uint8Array, Uint8Array] {
  return [bytesOf(x), bytesOf(y), bytesOf(mask)];
}

/** Joins batches to one array for the wire: x, y and mask of each. */
export function batchFloats(batches: readonly Batch[]): Float32Array {
  const parts = batches.flatMap(({ x, y, mask }) => [x, y, mask]);
  const floats = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let end = 0;
  for (const part of parts) {
    floats.set(part, end);
    end += part.length;
  }
  return floats;
}

/** The sizes of batches in such an array. */
export interface BatchSizes {
  /** One for each batch. */
  readonly times: readonly number[];
  readonly sequences: number;
  readonly input: number;
  readonly output: number;
}

/** The length of such an array. */
export function batchLength({ times, sequences, input, output }: BatchSizes): number {
  return times.reduce((total, one) => total + one, 0) * sequences * (input + output + 1);
}

/**
 * The batches of such an array, as views of it.
 *
 * @throws RangeError if the array does not have the length of these sizes
 */
export function batchesOf(floats: Float32Array, sizes: BatchSizes): Batch[] {
  const { times, sequences, input, output } = sizes;
  const wanted = batchLength(sizes);
  if (floats.length !== wanted) {
    throw new RangeError(
      `Cannot read ${times.length} batches of ${times.join(", ")} times × ${sequences}: ` +
        `they must have ${wanted} numbers, got ${floats.length}`,
    );
  }
  let end = 0;
  const next = (length: number) => {
    end += length;
    return floats.subarray(end - length, end);
  };
  return times.map((one) => {
    const rows = one * sequences;
    return { times: one, sequences, x: next(rows * input), y: next(rows * output), mask: next(rows) };
  });
}
