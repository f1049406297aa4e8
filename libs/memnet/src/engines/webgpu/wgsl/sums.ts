/** Sums and maxima over slots, of several groups at once, whose lanes meet at one barrier. */

import { each, type Shader } from "./shader.ts";

/** How many groups there are to be summed, as the shader's text and as a number. */
export interface Groups {
  readonly first?: string;
  readonly count: string;
  /** Of the array, for all groups that the kernel ever sums under this name. */
  readonly room: number;
}

/**
 * Σ over `length` terms for each group, in parts: a stage. `NAME_total(group)` is the sum behind the next barrier.
 *
 * @param term an expression in `group` and `n`
 */
export function sums(
  shader: Shader,
  name: string,
  { first = "0u", count, room }: Groups,
  parts: number,
  term: string,
  length = "slots",
): string {
  shader.share(name, room * parts);
  shader.define(
    name,
    `fn ${name}_total(group: u32) -> f32 {
  var sum = 0.0;
  for (var part = 0u; part < parts; part++) { sum += ${name}[group * parts + part]; }
  return sum;
}`,
  );
  return each(
    "job",
    `(${count}) * parts`,
    `let group = ${first} + job / parts;
  var sum = 0.0;
  for (var n = job % parts; n < ${length}; n += parts) { sum += ${term}; }
  ${name}[group * parts + job % parts] = sum;`,
  );
}

/** The largest term, likewise: `NAME_most(group)`. */
export function largest(
  shader: Shader,
  name: string,
  { first = "0u", count, room }: Groups,
  parts: number,
  term: string,
): string {
  shader.share(name, room * parts);
  shader.define(
    name,
    `fn ${name}_most(group: u32) -> f32 {
  var most = ${name}[group * parts];
  for (var part = 1u; part < parts; part++) { most = max(most, ${name}[group * parts + part]); }
  return most;
}`,
  );
  return each(
    "job",
    `(${count}) * parts`,
    `let group = ${first} + job / parts;
  var most = -3.4e38;
  for (var n = job % parts; n < slots; n += parts) { most = max(most, ${term}); }
  ${name}[group * parts + job % parts] = most;`,
  );
}
