/** Kernels as the caller gives them, to and from the form that the products want: rows and runs of columns padded. */

import { at } from "./vector";

/**
 * A kernel [rows, columns] packed twice.
 *
 * @param map     for each padded row the kernel's row, or −1
 * @param runs    a count, then for each run of columns: padded column, the kernel's column, length
 * @param pack    for each eight padded rows [inner, 8]: for inputs to outputs
 * @param back    for each eight padded columns [padded rows, 8]: for outputs' gradients to inputs'
 * @param kept    padded columns from which on `back` is not wanted
 */
export function packKernel(
  kernel: usize, columns: i32, bias: usize, map: usize, paddedRows: i32, runs: usize,
  pack: usize, inner: i32, back: usize, kept: i32, packedBias: usize,
): void {
  const count = load<i32>(runs);
  for (let padded = 0; padded < paddedRows; padded++) {
    const row = load<i32>(map + ((<usize>padded) << 2));
    if (row < 0) continue;
    store<f32>(packedBias + ((<usize>padded) << 2), load<f32>(bias + ((<usize>row) << 2)));
    const from = kernel + ((<usize>row * columns) << 2);
    const lane = pack + (((<usize>(padded >> 3)) * inner) << 5) + ((<usize>(padded & 7)) << 2);
    for (let run = 0; run < count; run++) {
      const entry = runs + 4 + <usize>run * 12;
      const to = load<i32>(entry);
      const length = load<i32>(entry, 8);
      let source = from + ((<usize>load<i32>(entry, 4)) << 2);
      let place = lane + ((<usize>to) << 5);
      const end = source + ((<usize>length) << 2);
      for (let s = source; s < end; s += 4) {
        store<f32>(place, load<f32>(s));
        place += 32;
      }
      if (to >= kept) continue;
      for (let column = to; column < to + length; column++) {
        store<f32>(
          back + (((<usize>(column >> 3)) * paddedRows) << 5) + ((<usize>padded) << 5) + ((<usize>(column & 7)) << 2),
          load<f32>(source),
        );
        source += 4;
      }
    }
  }
}

/** The gradient of a kernel and its bias from their padded forms. */
export function unpackKernel(
  kernel: usize, columns: i32, bias: usize, map: usize, paddedRows: i32, runs: usize,
  sums: usize, sumsStride: usize, biasSums: usize,
): void {
  const count = load<i32>(runs);
  for (let padded = 0; padded < paddedRows; padded++) {
    const row = load<i32>(map + ((<usize>padded) << 2));
    if (row < 0) continue;
    store<f32>(bias + ((<usize>row) << 2), load<f32>(biasSums + ((<usize>padded) << 2)));
    const to = kernel + ((<usize>row * columns) << 2);
    const from = sums + <usize>padded * sumsStride;
    for (let run = 0; run < count; run++) {
      const entry = runs + 4 + <usize>run * 12;
      memory.copy(
        to + ((<usize>load<i32>(entry, 4)) << 2),
        from + ((<usize>load<i32>(entry)) << 2),
        (<usize>load<i32>(entry, 8)) << 2,
      );
    }
  }
}

/** Copies bytes, a multiple of 16; whether any differed. */
export function refreshed(to: usize, from: usize, bytes: usize): bool {
  let o: usize = 0;
  while (o < bytes && !v128.any_true(v128.xor(at(to + o), at(from + o)))) o += 16;
  if (o >= bytes) return false;
  memory.copy(to, from, bytes);
  return true;
}
