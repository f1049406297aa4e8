/** Small matrix products, in tiles of four rows by eight columns whose sums stay in registers. */

import { at, each, mulAdd } from "./vector";

/**
 * y [rows, columns] = start [rows, columns] + x [rows, inner] · p. The right factor is packed in panels: for each
 * eight columns, [inner, 8]. For a bias, start has a stride of 0; to add to y, start is y.
 *
 * @param panelBytes from one panel to the next; more than `inner` rows if only some of them are used
 * @param inner      at least 1
 * @param columns    a multiple of 8
 */
export function product(
  y: usize, yStride: usize, x: usize, xStride: usize, p: usize, panelBytes: usize, start: usize, startStride: usize,
  rows: i32, columns: i32, inner: i32,
): void {
  const usedBytes = (<usize>inner) << 5;
  // The compiler keeps the tile in registers only if little else is alive: one pointer and three strides, no branch
  // before the loop, and no unrolling (by four, it costs a quarter of the speed).
  const twice = xStride << 1, thrice = xStride + twice;
  for (let column = 0; column < columns; column += 8) {
    const end = p + usedBytes;
    let from = start, to = y, xRow = x;
    let left = rows;
    for (; left >= 4; left -= 4) {
      let s00 = v128.load(from), s01 = v128.load(from, 16);
      from += startStride;
      let s10 = v128.load(from), s11 = v128.load(from, 16);
      from += startStride;
      let s20 = v128.load(from), s21 = v128.load(from, 16);
      from += startStride;
      let s30 = v128.load(from), s31 = v128.load(from, 16);
      from += startStride;
      let at = xRow;
      for (let w = p; w < end; w += 32) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        let a = each(at);
        s00 = mulAdd(a, w0, s00); s01 = mulAdd(a, w1, s01);
        a = each(at + xStride);
        s10 = mulAdd(a, w0, s10); s11 = mulAdd(a, w1, s11);
        a = each(at + twice);
        s20 = mulAdd(a, w0, s20); s21 = mulAdd(a, w1, s21);
        a = each(at + thrice);
        s30 = mulAdd(a, w0, s30); s31 = mulAdd(a, w1, s31);
        at += 4;
      }
      v128.store(to, s00); v128.store(to, s01, 16);
      to += yStride;
      v128.store(to, s10); v128.store(to, s11, 16);
      to += yStride;
      v128.store(to, s20); v128.store(to, s21, 16);
      to += yStride;
      v128.store(to, s30); v128.store(to, s31, 16);
      to += yStride;
      xRow += xStride << 2;
    }
    // One row adds in the same order as in a tile of four, so a sequence's numbers do not depend on its neighbours.
    for (; left > 0; left--) {
      let s0 = v128.load(from), s1 = v128.load(from, 16);
      let at = xRow;
      for (let w = p; w < end; w += 32) {
        const a = each(at);
        s0 = mulAdd(a, v128.load(w), s0);
        s1 = mulAdd(a, v128.load(w, 16), s1);
        at += 4;
      }
      v128.store(to, s0); v128.store(to, s1, 16);
      from += startStride;
      to += yStride;
      xRow += xStride;
    }
    p += panelBytes;
    y += 32;
    start += 32;
  }
}

/**
 * g [columns of y, columns of x] = Σ over rows of yᵀ x, or += if `accumulate`: the gradient of a kernel, over all times
 * and sequences.
 *
 * @param yColumns a multiple of 4
 * @param xColumns a multiple of 8
 */
export function outer(
  g: usize, gStride: usize, y: usize, yStride: usize, x: usize, xStride: usize,
  rows: i32, yColumns: i32, xColumns: i32, accumulate: bool,
): void {
  if (rows == 0 && !accumulate) {
    for (let row = 0; row < yColumns; row++) memory.fill(g + <usize>row * gStride, 0, (<usize>xColumns) << 2);
  }
  // The eight columns of x and four columns of y of this many rows stay in the first cache.
  const most = 256;
  for (let from = 0; from < rows; from += most) {
    const count = min(most, rows - from);
    const yEnd = y + <usize>count * yStride;
    for (let column = 0; column < xColumns; column += 8) {
      const xColumn = x + ((<usize>column) << 2);
      for (let row = 0; row < yColumns; row += 4) {
        const at = g + <usize>row * gStride + ((<usize>column) << 2);
        const first = y + ((<usize>row) << 2);
        tile(at, gStride, first, yEnd + ((<usize>row) << 2), yStride, xColumn, xStride, accumulate || from > 0);
      }
    }
    y += <usize>count * yStride;
    x += <usize>count * xStride;
  }
}

// @ts-ignore: decorator
@inline function tile(
  g0: usize, gStride: usize, y: usize, yEnd: usize, yStride: usize, x: usize, xStride: usize, accumulate: bool,
): void {
  const g1 = g0 + gStride;
  const g2 = g1 + gStride;
  const g3 = g2 + gStride;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (accumulate) {
    s00 = v128.load(g0); s01 = v128.load(g0, 16);
    s10 = v128.load(g1); s11 = v128.load(g1, 16);
    s20 = v128.load(g2); s21 = v128.load(g2, 16);
    s30 = v128.load(g3); s31 = v128.load(g3, 16);
  }
  while (y < yEnd) {
    const x0 = v128.load(x), x1 = v128.load(x, 16);
    let a = v128.load32_splat(y);
    s00 = mulAdd(a, x0, s00); s01 = mulAdd(a, x1, s01);
    a = v128.load32_splat(y, 4);
    s10 = mulAdd(a, x0, s10); s11 = mulAdd(a, x1, s11);
    a = v128.load32_splat(y, 8);
    s20 = mulAdd(a, x0, s20); s21 = mulAdd(a, x1, s21);
    a = v128.load32_splat(y, 12);
    s30 = mulAdd(a, x0, s30); s31 = mulAdd(a, x1, s31);
    y += yStride;
    x += xStride;
  }
  v128.store(g0, s00); v128.store(g0, s01, 16);
  v128.store(g1, s10); v128.store(g1, s11, 16);
  v128.store(g2, s20); v128.store(g2, s21, 16);
  v128.store(g3, s30); v128.store(g3, s31, 16);
}

/** sums [columns] = Σ over rows of y, or += if `accumulate`: the gradient of a bias. */
export function columnSums(sums: usize, y: usize, yStride: usize, rows: i32, columns: i32, accumulate: bool): void {
  for (let o: usize = 0; o < (<usize>columns) << 2; o += 16) {
    let sum = accumulate ? at(sums + o) : f32x4.splat(0);
    let from = y + o;
    for (let row = 0; row < rows; row++) {
      sum = f32x4.add(sum, at(from));
      from += yStride;
    }
    v128.store(sums + o, sum);
  }
}
