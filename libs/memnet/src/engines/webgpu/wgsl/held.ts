/**
 * What of the records the way back holds in workgroup memory, so that each number is fetched once a time step. Nearly
 * every stage reads some, and to fetch one from the device's memory takes longer than all else that a stage does.
 */

import type { Layout } from "../layout.ts";

/** Neighbouring fields of a record, from the first to the last; or the memory, of which there is only ever one. */
export type Span = readonly [record: "before" | "after", first: string, last: string] | "memory";

export interface Held {
  /** Arrays in workgroup memory, by name, and their floats. */
  readonly arrays: ReadonlyMap<string, number>;
  /** Where a record's field lies, as the beginning of an index: `after.norms` → `held[12u + `. */
  readonly places: ReadonlyMap<string, string>;
  /** WGSL of `hold()`, called where a time begins, and of `recall(record, place)`, by which the memory is replaced. */
  readonly functions: string;
}

/**
 * @param spans those that matter most come first; one that there is no room for is left out
 * @param bytes of workgroup memory that are free
 */
export function heldFields({ places, size }: Layout, spans: readonly Span[], bytes: number): Held {
  const arrays = new Map<string, number>();
  const found = new Map<string, string>();
  const names = [...places.keys()];
  const endOf = (name: string) => places.get(names[names.indexOf(name) + 1] ?? "") ?? size;
  let free = Math.floor(bytes / 4);
  let length = 0;
  let source = "";
  let recalled = "";
  for (const span of spans) {
    const [record, first, last] = span === "memory" ? ["after", span, span] : span;
    const from = places.get(first)!;
    const floats = endOf(last) - from;
    if (floats > free) continue;
    free -= floats;
    if (span === "memory") {
      arrays.set("recalled", floats);
      for (const either of ["before", "after"]) found.set(`${either}.memory`, "recalled[");
      recalled = `recalled[place] = kept[record + ${from}u + place];`;
      continue;
    }
    for (const name of names.slice(names.indexOf(first), names.indexOf(last) + 1)) {
      found.set(`${record}.${name}`, `held[${length + places.get(name)! - from}u + `);
    }
    const at = `${record} + ${from}u + place - ${length}u`;
    source = source === "" ? at : `select(${at}, ${source}, place < ${length}u)`;
    length += floats;
  }
  if (length > 0) arrays.set("held", length);
  const hold = `for (var place = lane; place < ${length}u; place += lanes) { held[place] = kept[${source}]; }`;
  return {
    arrays,
    places: found,
    functions: `
fn hold() { ${length > 0 ? hold : ""} }
fn recall(record: u32, place: u32) { ${recalled} }
`,
  };
}
