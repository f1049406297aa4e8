/** Products of a kernel and a vector, a row a lane. */

import { each, type Shader, type Stages } from "./shader.ts";

/** A product of a kernel and a vector: what it takes. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  /** Expressions in `row` and `column`: the kernel's element, and the vector's. */
  readonly weight: string;
  readonly value: string;
  /** Expression in `row`: what the sum starts from. */
  readonly start: string;
  /** Text that does something with `row` and `sum`. */
  readonly done: string;
}

/** y = start + W x. Where there are fewer rows than lanes, several lanes share a row. */
export function product(shader: Shader, wanted: Product): Stages {
  const { rows, columns, weight, value, start, done } = wanted;
  const shares = Math.max(1, Math.min(Math.floor(shader.lanes / rows), Math.floor(columns / 4)));
  if (shares === 1) {
    return [
      each(
        "row",
        `${rows}u`,
        `var sum = ${start}; ${dot("column", "0u", `${columns}u`, weight, value)} ${done}`,
      ),
    ];
  }
  // Products come one after the other: what one's lanes found is added up before the next begins.
  shader.share("shares", rows * shares);
  const share = Math.ceil(columns / shares);
  return [
    each(
      "job",
      `${rows * shares}u`,
      `let row = job % ${rows}u;
  let begin = (job / ${rows}u) * ${share}u;
  var sum = 0.0;
  ${dot("column", "begin", `min(begin + ${share}u, ${columns}u)`, weight, value)}
  shares[job] = sum;`,
    ),
    each(
      "row",
      `${rows}u`,
      `var sum = ${start};
  for (var share = 0u; share < ${shares}u; share++) { sum += shares[share * ${rows}u + row]; }
  ${done}`,
    ),
  ];
}

/** So many terms wait for memory together. */
const termsAtOnce = 16;

/**
 * Σ a·b over the columns, added to `sum`: as many sums as there are terms at once.
 *
 * @param a, b expressions in the column's name
 */
export function dot(column: string, from: string, to: string, a: string, b: string): string {
  const term = (by: number) => {
    const at = (expression: string) =>
      expression.replaceAll(new RegExp(`\\b${column}\\b`, "g"), `(${column} + ${by}u)`);
    return `${at(a)} * ${at(b)}`;
  };
  const terms = Array.from({ length: termsAtOnce }, (_, index) => index);
  return `{
    ${terms.map((index) => `var s${index} = 0.0;`).join(" ")}
    var ${column} = ${from};
    for (; ${column} + ${termsAtOnce - 1}u < ${to}; ${column} += ${termsAtOnce}u) {
      ${terms.map((index) => `s${index} += ${term(index)};`).join(" ")}
    }
    for (; ${column} < ${to}; ${column}++) { s0 += ${term(0)}; }
    sum += ${halves(terms.map((index) => `s${index}`))};
  }`;
}

/** The sum of these as a tree: a chain would wait for each of its additions. */
function halves(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0]!;
  const middle = terms.length >> 1;
  return `(${halves(terms.slice(0, middle))} + ${halves(terms.slice(middle))})`;
}
