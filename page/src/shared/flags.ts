/** Tells flags from data among an episode's channels. */

import type { Plane } from "./episode.ts";
import { at } from "./strip.ts";

/**
 * Returns which channels are flags: those that have a name, beside data that are numbered, and are set at fewer than half
 * of the times at which there are data.
 */
export function flagsOf(plane: Plane, names: readonly string[]): boolean[] {
  const isNumbered = names.map((name) => /^\d+$/.test(name));
  const times = Array.from({ length: plane.shape[0]! }, (_, time) => time);
  const busy = times.filter((time) =>
    isNumbered.some((numbered, row) => numbered && at(plane, time, row) !== 0),
  );
  return names.map((_, row) => {
    if (isNumbered[row] || !isNumbered.includes(true)) return false;
    return times.filter((time) => at(plane, time, row) !== 0).length < Math.max(2, busy.length / 2);
  });
}
