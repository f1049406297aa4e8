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

/** A batch as one array, for the wire: x, then y, then the mask. */
export function batchFloats({ x, y, mask }: Batch): Float32Array {
  const floats = new Float32Array(x.length + y.length + mask.length);
  floats.set(x);
  floats.set(y, x.length);
  floats.set(mask, x.length + y.length);
  return floats;
}

/** @throws RangeError where the array has not the length that these sizes ask for */
export function batchOf(
  floats: Float32Array,
  { times, sequences, input, output }: { times: number; sequences: number; input: number; output: number },
): Batch {
  const rows = times * sequences;
  const wanted = rows * (input + output + 1);
  if (floats.length !== wanted) {
    throw new RangeError(
      `Cannot read a batch of ${times} × ${sequences}: it has ${wanted} numbers, got ${floats.length}`,
    );
  }
  const atY = rows * input;
  const atMask = atY + rows * output;
  return {
    times,
    sequences,
    x: floats.subarray(0, atY),
    y: floats.subarray(atY, atMask),
    mask: floats.subarray(atMask),
  };
}
