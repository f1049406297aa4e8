/** Sequences side by side: what an engine works on. */

export interface Batch {
  /** Time steps of the longest sequence, T. */
  readonly times: number;
  /** Sequences, B. */
  readonly sequences: number;
  /** [time, batch, input], row-major. */
  readonly x: Float32Array;
  /** [time, batch, output], row-major; not necessarily 0 where the mask is. */
  readonly y: Float32Array;
  /** [time, batch]: 1 where the output counts, else 0. */
  readonly mask: Float32Array;
}

/** Batches as one array, for the wire: of each its x, then y, then the mask. */
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

/** What such an array does not say itself. */
export interface BatchSizes {
  /** Of each batch. */
  readonly times: readonly number[];
  /** Of every batch. */
  readonly sequences: number;
  readonly input: number;
  readonly output: number;
}

/** Numbers of x, y and mask of these batches. */
export function batchLength({ times, sequences, input, output }: BatchSizes): number {
  return times.reduce((total, one) => total + one, 0) * sequences * (input + output + 1);
}

/**
 * The batches of such an array, as views into it.
 *
 * @throws RangeError where the array has not the length that these sizes ask for
 */
export function batchesOf(floats: Float32Array, sizes: BatchSizes): Batch[] {
  const { times, sequences, input, output } = sizes;
  const wanted = batchLength(sizes);
  if (floats.length !== wanted) {
    throw new RangeError(
      `Cannot read ${times.length} batches of ${times.join(", ")} times × ${sequences}: ` +
        `they have ${wanted} numbers, got ${floats.length}`,
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
