/** Which checkpoints of a run can be shown, and which in place of one that has gone. */

import type { RunDetails } from "./api.ts";

/** Steps that have a file, ascending; the best has one of its own where it was thinned out elsewhere. */
export function shownSteps({ checkpoints, best }: Pick<RunDetails, "checkpoints" | "best">): number[] {
  const steps = new Set(checkpoints);
  if (best !== null) steps.add(best);
  return [...steps].sort((a, b) => a - b);
}

/**
 * Of two that are as near, the later: playing on never goes back.
 *
 * @param steps ascending
 * @returns undefined where there is none
 */
export function nearestStep(steps: readonly number[], wanted: number): number | undefined {
  const later = steps.find((step) => step >= wanted);
  const earlier = steps.findLast((step) => step < wanted);
  if (later === undefined || earlier === undefined) return later ?? earlier;
  return later - wanted <= wanted - earlier ? later : earlier;
}
