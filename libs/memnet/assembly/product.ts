/** Small matrix products, in tiles of four rows by eight columns that stay in registers. */

import { at, each, mulAdd } from "./vector";

/**
 * y [rows, columns] = bias + x [rows, inner] · p, or y += x · p where accumulate.
 * The right factor is packed: for each eight columns, [inner, 8].
 *
 * @param inner   a multiple of 4
 * @param columns a multiple of 8
 * @param bias    [columns], or 0 for none
 */
export function product(
  y: usize, yStride: usize, x: usize, xStride: usize, p: usize, bias: usize,
  rows: i32, columns: i32, inner: i32, accumulate: bool,
): void {
  const panelBytes = (<usize>inner) << 5;
  for (let column = 0; column < columns; column += 8) {
    const yColumn = y + ((<usize>column) << 2);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    if (bias != 0) {
      b0 = at(bias + ((<usize>column) << 2));
      b1 = at(bias + ((<usize>column) << 2) + 16);
    }
    let row = 0;
    for (; row + 4 <= rows; row += 4) {
      const y0 = yColumn + <usize>row * yStride;
      fourRows(y0, yStride, x + <usize>row * xStride, xStride, p, p + panelBytes, b0, b1, accumulate);
    }
    for (; row < rows; row++) {
      oneRow(yColumn + <usize>row * yStride, x + <usize>row * xStride, p, p + panelBytes, b0, b1, accumulate);
    }
    p += panelBytes;
  }
}

// @ts-ignore: decorator
@inline
function fourRows(
  y0: usize, yStride: usize, x0: usize, xStride: usize, p: usize, end: usize, b0: v128, b1: v128, accumulate: bool,
): void {
  const y1 = y0 + yStride;
  const y2 = y1 + yStride;
  const y3 = y2 + yStride;
  let x1 = x0 + xStride;
  let x2 = x1 + xStride;
  let x3 = x2 + xStride;
  let s00 = b0, s01 = b1, s10 = b0, s11 = b1, s20 = b0, s21 = b1, s30 = b0, s31 = b1;
  if (accumulate) {
    s00 = v128.load(y0); s01 = v128.load(y0, 16);
    s10 = v128.load(y1); s11 = v128.load(y1, 16);
    s20 = v128.load(y2); s21 = v128.load(y2, 16);
    s30 = v128.load(y3); s31 = v128.load(y3, 16);
  }
  while (p < end) {
    let w0 = v128.load(p), w1 = v128.load(p, 16);
    let a = v128.load32_splat(x0);
    s00 = mulAdd(a, w0, s00); s01 = mulAdd(a, w1, s01);
    a = v128.load32_splat(x1);
    s10 = mulAdd(a, w0, s10); s11 = mulAdd(a, w1, s11);
    a = v128.load32_splat(x2);
    s20 = mulAdd(a, w0, s20); s21 = mulAdd(a, w1, s21);
    a = v128.load32_splat(x3);
    s30 = mulAdd(a, w0, s30); s31 = mulAdd(a, w1, s31);

    w0 = v128.load(p, 32); w1 = v128.load(p, 48);
    a = v128.load32_splat(x0, 4);
    s00 = mulAdd(a, w0, s00); s01 = mulAdd(a, w1, s01);
    a = v128.load32_splat(x1, 4);
    s10 = mulAdd(a, w0, s10); s11 = mulAdd(a, w1, s11);
    a = v128.load32_splat(x2, 4);
    s20 = mulAdd(a, w0, s20); s21 = mulAdd(a, w1, s21);
    a = v128.load32_splat(x3, 4);
    s30 = mulAdd(a, w0, s30); s31 = mulAdd(a, w1, s31);

    w0 = v128.load(p, 64); w1 = v128.load(p, 80);
    a = v128.load32_splat(x0, 8);
    s00 = mulAdd(a, w0, s00); s01 = mulAdd(a, w1, s01);
    a = v128.load32_splat(x1, 8);
    s10 = mulAdd(a, w0, s10); s11 = mulAdd(a, w1, s11);
    a = v128.load32_splat(x2, 8);
    s20 = mulAdd(a, w0, s20); s21 = mulAdd(a, w1, s21);
    a = v128.load32_splat(x3, 8);
    s30 = mulAdd(a, w0, s30); s31 = mulAdd(a, w1, s31);

    w0 = v128.load(p, 96); w1 = v128.load(p, 112);
    a = v128.load32_splat(x0, 12);
    s00 = mulAdd(a, w0, s00); s01 = mulAdd(a, w1, s01);
    a = v128.load32_splat(x1, 12);
    s10 = mulAdd(a, w0, s10); s11 = mulAdd(a, w1, s11);
    a = v128.load32_splat(x2, 12);
    s20 = mulAdd(a, w0, s20); s21 = mulAdd(a, w1, s21);
    a = v128.load32_splat(x3, 12);
    s30 = mulAdd(a, w0, s30); s31 = mulAdd(a, w1, s31);
    p += 128;
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
  }
  v128.store(y0, s00); v128.store(y0, s01, 16);
  v128.store(y1, s10); v128.store(y1, s11, 16);
  v128.store(y2, s20); v128.store(y2, s21, 16);
  v128.store(y3, s30); v128.store(y3, s31, 16);
}

/** One row, added up in the same order as in a tile of four: a sequence's numbers do not depend on its neighbours. */
// @ts-ignore: decorator
@inline
function oneRow(y: usize, x: usize, p: usize, end: usize, b0: v128, b1: v128, accumulate: bool): void {
  let s0 = b0, s1 = b1;
  if (accumulate) {
    s0 = v128.load(y);
    s1 = v128.load(y, 16);
  }
  while (p < end) {
    const a = v128.load32_splat(x);
    s0 = mulAdd(a, v128.load(p), s0);
    s1 = mulAdd(a, v128.load(p, 16), s1);
    p += 32;
    x += 4;
  }
  v128.store(y, s0);
  v128.store(y, s1, 16);
}

/**
 * g [columns of y, columns of x] = Σ over rows of yᵀ x, or += where accumulate: the gradient of a kernel, all times
 * and sequences at once.
 *
 * @param yColumns a multiple of 4
 * @param xColumns a multiple of 8
 */
export function outer(
  g: usize, gStride: usize, y: usize, yStride: usize, x: usize, xStride: usize,
  rows: i32, yColumns: i32, xColumns: i32, accumulate: bool,
): void {
  // So many rows that their eight columns of x stay in the first cache with four columns of y.
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
@inline
function tile(
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

/** sums [columns] = Σ over rows of y, or += where accumulate: the gradient of a bias. */
export function columnSums(
  sums: usize, y: usize, yStride: usize, rows: i32, columns: i32, accumulate: bool,
): void {
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
