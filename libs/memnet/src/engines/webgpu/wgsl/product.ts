/** Products of a kernel and a vector, a row a lane. */

import { each, type Shader, type Stages } from "./shader.ts";

/** A product of a kernel and a vector: what it takes. */
export interface Product {
  readonly name: string;
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
  const { name, rows, columns, weight, value, start, done } = wanted;
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
  shader.share(name, rows * shares);
  const share = Math.ceil(columns / shares);
  return [
    each(
      "job",
      `${rows * shares}u`,
      `let row = job % ${rows}u;
  let begin = (job / ${rows}u) * ${share}u;
  var sum = 0.0;
  ${dot("column", "begin", `min(begin + ${share}u, ${columns}u)`, weight, value)}
  ${name}[job] = sum;`,
    ),
    each(
      "row",
      `${rows}u`,
      `var sum = ${start};
  for (var share = 0u; share < ${shares}u; share++) { sum += ${name}[share * ${rows}u + row]; }
  ${done}`,
    ),
  ];
}

/**
 * Σ a·b over `count` columns, added to `sum`: four sums at a time, which wait for memory together.
 *
 * @param a, b expressions in the column's name
 */
export function dot(column: string, from: string, to: string, a: string, b: string): string {
  const term = (by: number) => {
    const at = (expression: string) =>
      expression.replaceAll(new RegExp(`\\b${column}\\b`, "g"), `(${column} + ${by}u)`);
    return by === 0 ? `${a} * ${b}` : `${at(a)} * ${at(b)}`;
  };
  return `{
    var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0;
    var ${column} = ${from};
    for (; ${column} + 3u < ${to}; ${column} += 4u) {
      s0 += ${term(0)}; s1 += ${term(1)}; s2 += ${term(2)}; s3 += ${term(3)};
    }
    for (; ${column} < ${to}; ${column}++) { s0 += ${term(0)}; }
    sum += (s0 + s1) + (s2 + s3);
  }`;
}
