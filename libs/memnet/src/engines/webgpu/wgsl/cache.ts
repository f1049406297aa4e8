/**
 * The cache of records in workgroup memory. Nearly every stage of the backward pass reads records, and fetching a number
 * from device memory takes longer than the rest of a stage; from the cache it is fetched once a time step.
 */

import type { Layout } from "../layout.ts";

/** Neighbouring fields of a record, from the first to the last; or the memory, of which only one is wanted at a time. */
export type Span = readonly [record: "before" | "after", first: string, last: string] | "memory";

export interface Cache {
  /** Arrays in workgroup memory, by name, and their floats. */
  readonly arrays: ReadonlyMap<string, number>;
  /** The start of an index into the cache for each cached field: `after.norms` → `cached[12u + `. */
  readonly starts: ReadonlyMap<string, string>;
  /** WGSL of `fillCache()`, for the start of a time step, and of `loadMemory(record, place)`, which replaces the memory. */
  readonly functions: string;
}

/**
 * @param spans the most important first; a span for which there is no room is left out
 * @param bytes free workgroup memory
 */
export function cacheFields({ offsets, size }: Layout, spans: readonly Span[], bytes: number): Cache {
  const arrays = new Map<string, number>();
  const starts = new Map<string, string>();
  const names = [...offsets.keys()];
  const endOf = (name: string) => offsets.get(names[names.indexOf(name) + 1] ?? "") ?? size;
  let free = Math.floor(bytes / 4);
  let length = 0;
  let source = "";
  let load = "";
  for (const span of spans) {
    const [record, first, last] = span === "memory" ? ["after", span, span] : span;
    const from = offsets.get(first)!;
    const floats = endOf(last) - from;
    if (floats > free) continue;
    free -= floats;
    if (span === "memory") {
      arrays.set("cachedMemory", floats);
      for (const either of ["before", "after"]) starts.set(`${either}.memory`, "cachedMemory[");
      load = `cachedMemory[place] = kept[record + ${from}u + place];`;
      continue;
    }
    for (const name of names.slice(names.indexOf(first), names.indexOf(last) + 1)) {
      starts.set(`${record}.${name}`, `cached[${length + offsets.get(name)! - from}u + `);
    }
    const at = `${record} + ${from}u + place - ${length}u`;
    source = source === "" ? at : `select(${at}, ${source}, place < ${length}u)`;
    length += floats;
  }
  if (length > 0) arrays.set("cached", length);
  const fill = `forEach (place < ${length}u) { cached[place] = kept[${source}]; }`;
  return {
    arrays,
    starts,
    functions: `
fn fillCache() { ${length > 0 ? fill : ""} }
fn loadMemory(record: u32, place: u32) { ${load} }
`,
  };
}
