/** Products of a kernel and a vector. */

import type { Shader, Stages } from "./shader.ts";

export interface Product {
  readonly rows: number;
  readonly columns: number;
  /** WGSL in `row` and `column`: the kernel's element, and the vector's. */
  readonly weight: string;
  readonly value: string;
  /** WGSL in `row`: what the sum starts from. */
  readonly start: string;
  /** A statement that uses `row` and `sum`. */
  readonly done: string;
}

/** start + W x, a row a lane. If there are fewer rows than lanes, several lanes share a row. */
export function product(shader: Shader, { rows, columns, weight, value, start, done }: Product): Stages {
  if (columns === 0) return [`forEach (row < ${rows}u) { let sum = ${start}; ${done} }`];
  const shares = Math.max(1, Math.min(Math.floor(shader.lanes / rows), Math.floor(columns / 4)));
  if (shares === 1) {
    return [
      `forEach (row < ${rows}u) { var sum = ${start}; ${dot("0u", `${columns}u`, columns, weight, value)} ${done} }`,
    ];
  }
  // All products use this array: each adds up its shares before the next begins.
  shader.share({ shares: rows * shares });
  const share = Math.ceil(columns / shares);
  return [
    `forEach (job < ${rows * shares}u) {
  let row = job % ${rows}u;
  let begin = (job / ${rows}u) * ${share}u;
  var sum = 0.0;
  ${dot("begin", `min(begin + ${share}u, ${columns}u)`, share, weight, value)}
  shares[job] = sum;
}`,
    `forEach (row < ${rows}u) {
  var sum = ${start};
  for (var share = 0u; share < ${shares}u; share++) { sum += shares[share * ${rows}u + row]; }
  ${done}
}`,
  ];
}

/** So many terms wait for memory together. */
const termsAtOnce = 16;

/**
 * Adds Σ a·b over the columns to `sum`, as `termsAtOnce` sums side by side if there are so many.
 *
 * @param from, to WGSL: the first column, and the one after the last
 * @param most     how many columns there are at most
 * @param a, b     WGSL in `column`
 */
export function dot(from: string, to: string, most: number, a: string, b: string): string {
  const term = (by: number) => `${a} * ${b}`.replaceAll(/\bcolumn\b/g, `(column + ${by}u)`);
  const terms = Array.from({ length: most < termsAtOnce ? 1 : termsAtOnce }, (_, index) => index);
  const sideBySide = `for (; column + ${termsAtOnce - 1}u < ${to}; column += ${termsAtOnce}u) {
      ${terms.map((index) => `s${index} += ${term(index)};`).join(" ")}
    }`;
  return `{
    ${terms.map((index) => `var s${index} = 0.0;`).join(" ")}
    var column = ${from};
    ${terms.length > 1 ? sideBySide : ""}
    for (; column < ${to}; column++) { s0 += ${a} * ${b}; }
    sum += ${halves(terms.map((index) => `s${index}`))};
  }`;
}

/** The sum of these as a tree: in a chain each addition would wait for the one before. */
function halves(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!;
  const middle = terms.length >> 1;
  return `(${halves(terms.slice(0, middle))} + ${halves(terms.slice(middle))})`;
}
