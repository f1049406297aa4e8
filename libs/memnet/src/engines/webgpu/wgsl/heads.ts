/** The heads of one kind, which work side by side. Write heads come before read heads in every array over heads. */

import type { ModelConfig } from "../../../config/model.ts";
import type { Groups } from "./sums.ts";

export interface Heads {
  /** Text: the first of them among all heads, and how many. */
  readonly first: string;
  readonly count: string;
}

export const writeHeads: Heads = { first: "0u", count: "writes" };
export const readHeads: Heads = { first: "writes", count: "reads" };

/** How many heads there are up to the last of these. */
function upTo({ reads, writes }: ModelConfig, heads: Heads): number {
  return heads === writeHeads ? writes : writes + reads;
}

/** Sums, one for each of these heads. */
export function perHead(model: ModelConfig, heads: Heads): Groups {
  return { first: heads.first, count: heads.count, room: upTo(model, heads) };
}

/** Sums, `times` of them for each of these heads; the number of group is head × times + which. */
export function perHeadAnd(model: ModelConfig, heads: Heads, name: string, times: number): Groups {
  const { first, count } = heads;
  return { first: `${first} * ${name}`, count: `${count} * ${name}`, room: upTo(model, heads) * times };
}

/** Text of a stage in which each lane has a `head` of these and an `n` of slots; `at` is both in one. */
export function perSlot({ first, count }: Heads, body: string): string {
  return `for (var at = ${first} * slots + lane; at < (${first} + ${count}) * slots; at += lanes) {
    let head = at / slots;
    let n = at % slots;
    ${body}
  }`;
}

/** Where a head's fields begin in the interface vector. */
export const fieldsAt = `
fn fieldsAt(head: u32) -> u32 {
  return select(head * writeFields, readFrom + (head - writes) * readFields, head >= writes);
}
`;
