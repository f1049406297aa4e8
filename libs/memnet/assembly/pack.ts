/** Packs kernels for products, with padded rows and runs of columns, and unpacks their gradients. */

import { at, copyFew } from "./vector";

/**
 * Packs a kernel [rows, columns] twice.
 *
 * @param map  the kernel's row, or −1, for each padded row
 * @param runs a count, then for each run of columns: padded column, the kernel's column, length
 * @param pack for each eight padded rows [inner, 8]: from inputs to outputs
 * @param back for each eight padded columns [rows, 8], `backBytes` in all: from outputs' gradients to inputs'
 * @param kept from this padded column on, `back` is not needed
 */
export function packKernel(
  kernel: usize, columns: i32, bias: usize, map: usize, paddedRows: i32, runs: usize,
  pack: usize, inner: i32, back: usize, backBytes: usize, kept: i32, packedBias: usize,
): void {
  for (let padded = 0; padded < paddedRows; padded++) {
    const row = rowAt(map, padded);
    if (row >= 0) store<f32>(packedBias + ((<usize>padded) << 2), load<f32>(bias + ((<usize>row) << 2)));
  }
  const count = load<i32>(runs);
  for (let padded = 0; padded < paddedRows; padded += 4) {
    const lane = pack + (((<usize>(padded >> 3)) * inner) << 5) + ((<usize>(padded & 7)) << 2);
    const backRow = back + ((<usize>padded) << 5);
    const a = rowAt(map, padded), b = rowAt(map, padded + 1), c = rowAt(map, padded + 2), d = rowAt(map, padded + 3);
    const whole = a >= 0 && b >= 0 && c >= 0 && d >= 0;
    for (let run = 0; run < count; run++) {
      const entry = runs + 4 + <usize>run * 12;
      const to = load<i32>(entry);
      const from = kernel + ((<usize>load<i32>(entry, 4)) << 2);
      const length = load<i32>(entry, 8);
      let done = 0;
      if (whole) {
        done = length & ~3;
        fourRows(
          from + ((<usize>a * columns) << 2), from + ((<usize>b * columns) << 2), from + ((<usize>c * columns) << 2),
          from + ((<usize>d * columns) << 2), done, lane + ((<usize>to) << 5), backRow, backBytes, to, kept,
        );
      }
      for (let i = 0; i < 4; i++) {
        const row = rowAt(map, padded + i);
        if (row < 0) continue;
        const source = from + ((<usize>row * columns) << 2);
        for (let column = done; column < length; column++) {
          const value = load<f32>(source + ((<usize>column) << 2));
          const at = to + column;
          store<f32>(lane + ((<usize>at) << 5) + ((<usize>i) << 2), value);
          if (to < kept) {
            store<f32>(
              backRow + (<usize>(at >> 3)) * backBytes + ((<usize>i) << 5) + ((<usize>(at & 7)) << 2), value,
            );
          }
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline function rowAt(map: usize, padded: i32): i32 {
  return load<i32>(map + ((<usize>padded) << 2));
}

/** Packs `length` columns, a multiple of 4, of four rows of the kernel, from padded column `to` on. */
function fourRows(
  a: usize, b: usize, c: usize, d: usize, length: i32, lane: usize, backRow: usize, backBytes: usize, to: i32, kept: i32,
): void {
  for (let column = 0; column < length; column += 4) {
    const o = (<usize>column) << 2;
    const va = at(a + o), vb = at(b + o), vc = at(c + o), vd = at(d + o);
    if (to < kept) {
      // Runs start at multiples of 4, so four columns are always in one panel.
      const place = to + column;
      const panel = backRow + (<usize>(place >> 3)) * backBytes + ((<usize>(place & 7)) << 2);
      v128.store(panel, va);
      v128.store(panel, vb, 32);
      v128.store(panel, vc, 64);
      v128.store(panel, vd, 96);
    }
    const ab0 = v128.shuffle<f32>(va, vb, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(va, vb, 2, 6, 3, 7);
    const cd0 = v128.shuffle<f32>(vc, vd, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(vc, vd, 2, 6, 3, 7);
    v128.store(lane, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
    v128.store(lane, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), 32);
    v128.store(lane, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 64);
    v128.store(lane, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 96);
    lane += 128;
  }
}

/** Copies the gradients of a kernel and its bias from their padded forms. */
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
      copyFew(
        to + ((<usize>load<i32>(entry, 4)) << 2),
        from + ((<usize>load<i32>(entry)) << 2),
        (<usize>load<i32>(entry, 8)) << 2,
      );
    }
  }
}
