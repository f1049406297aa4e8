/** Divides an episode's time: the phases that the mask marks, and the labels of the time axis. */

/** A stretch of times, from the first to before `end`. */
export interface Phase {
  readonly name: "input" | "answer";
  readonly from: number;
  readonly end: number;
}

/** Returns the phases in order: the output counts in those of the answer, where the mask is 1. */
export function phasesOf(mask: ArrayLike<number>): Phase[] {
  const phases: Phase[] = [];
  for (let from = 0, end = 0; from < mask.length; from = end) {
    while (end < mask.length && mask[end] === mask[from]) end++;
    phases.push({ name: mask[from] === 1 ? "answer" : "input", from, end });
  }
  return phases;
}

const ticksMax = 8;

/** Returns the times that the axis names, counted from 1. */
export function timeTicks(times: number): number[] {
  const step = roundAbove(times / ticksMax);
  return Array.from({ length: Math.floor(times / step) }, (_, index) => (index + 1) * step);
}

/** Returns the least of 1, 2, 5, 10, 20, … that is not below the number. */
export function roundAbove(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= least)!;
}
