/** Selects the checkpoints of a run that can be shown, and a replacement for one that is gone. */

import type { RunDetails } from "./api.ts";

/** Returns the steps that have a file, ascending. The best has its own file, even if its checkpoint was thinned out. */
export function shownSteps({ checkpoints, best }: Pick<RunDetails, "checkpoints" | "best">): number[] {
  const steps = new Set(checkpoints);
  if (best !== null) steps.add(best);
  return [...steps].sort((a, b) => a - b);
}

/**
 * Returns the step nearest to the wanted one. Of two equally near steps it takes the later, so that playback never goes
 * back.
 *
 * @param steps ascending
 * @returns undefined if there are no steps
 */
export function nearestStep(steps: readonly number[], wanted: number): number | undefined {
  const later = steps.find((step) => step >= wanted);
  const earlier = steps.findLast((step) => step < wanted);
  if (later === undefined || earlier === undefined) return later ?? earlier;
  return later - wanted <= wanted - earlier ? later : earlier;
}
