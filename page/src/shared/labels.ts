/** Chooses the names of rows and columns for which a heatmap has room. */

import { roundAbove } from "./phases.ts";
import type { Strip } from "./strip.ts";

export interface Label {
  readonly text: string;
  /** The first row that it names, and the one after the last. */
  readonly from: number;
  readonly end: number;
}

/** The least distance between two names of rows, in pixels. */
const leastApart = 11;

/** Returns the labels of rows of some height: of data together, of flags and all others one by one where they fit. */
export function rowLabels({ names, flags = [] }: Pick<Strip, "names" | "flags">, height: number): Label[] {
  const isData = flags.length > 0 && names[0] === "0";
  if (!isData) return labels(names, leastApart / height);
  const end = flags.includes(true) ? flags.indexOf(true) : names.length;
  const rest = names.slice(end).map((text, index) => ({ text, from: end + index, end: end + index + 1 }));
  // Two or three flags may be a little closer.
  const fits = height >= leastApart - 2;
  const others = fits || rest.length === 0 ? rest : [{ text: "flags", from: end, end: names.length }];
  return [{ text: "data", from: 0, end }, ...others];
}

/** Returns the labels of a first row or column, and of others at least so many after it. */
export function labels(names: readonly string[], apart: number): Label[] {
  const step = roundAbove(apart);
  return names.flatMap((text, from) => (from % step === 0 ? [{ text, from, end: from + 1 }] : []));
}
