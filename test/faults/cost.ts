/** What each fault of a run cost it. Pure. */

import { type Fault, ownMs } from "./draw.ts";
import { lostSeconds, type Progress, paceOver, type Stretch } from "./progress.ts";

/** A fault, and the time in which its cost is counted. */
export interface Struck {
  readonly fault: Fault;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Cost {
  /** Beyond its own time. */
  readonly lostSeconds: number;
  /** In which the fault itself kept the run from taking steps. */
  readonly ownSeconds: number;
  /** The longest time without a step that had not been taken before. */
  readonly stillSeconds: number;
}

/**
 * A fault's cost is counted by the pace of so much undisturbed time before and after it, since a shared machine's drifts
 * by more than a fault costs.
 */
const aroundMs = 10_000;
/** A coordinator goes at most so many snapshots past the last one that is kept. */
const snapshotsAhead = 2;

/** The undisturbed time: before the first fault, between the faults, after the last. */
export function between(struck: readonly Struck[], begunMs: number, endMs: number): Stretch[] {
  const ends = [begunMs, ...struck.map(({ toMs }) => toMs)];
  return ends.map((from, index) => [from, struck[index]?.fromMs ?? endMs]);
}

/**
 * The last quarter of the time after each fault. A process that was started again compiles what it runs for some 20
 * seconds, and so is all of a run slower before the first fault.
 */
export function settled(
  struck: readonly Struck[],
  begunMs: number,
  endMs: number,
  everyMs: number,
): Stretch[] {
  const after = between(struck, begunMs, endMs).slice(1);
  return after.map(([from, to]) => [Math.max(from, to - everyMs / 4), to]);
}

/**
 * @param which       of the faults
 * @param undisturbed `between()` them
 * @param steps       between two checkpoints
 * @param otherwise   seconds a step where no time around it was undisturbed
 */
export function costOf(
  progress: Progress,
  struck: readonly Struck[],
  which: number,
  undisturbed: readonly Stretch[],
  { steps, otherwise }: { steps: number; otherwise: number },
): Cost {
  const { fault, fromMs, toMs } = struck[which]!;
  const [before, after] = [undisturbed[which]!, undisturbed[which + 1]!];
  const around: Stretch[] = [
    [Math.max(before[0], before[1] - aroundMs), before[1]],
    [after[0], Math.min(after[1], after[0] + aroundMs)],
  ];
  const pace = paceOver(progress, around) ?? otherwise;
  const own = ownMs(fault, { stepMs: pace * 1000, aheadMs: aheadSeconds(steps, pace) * 1000 });
  return {
    lostSeconds: lostSeconds(progress, { fromMs, toMs, ownMs: own }, pace),
    ownSeconds: own / 1000,
    stillSeconds: progress.stillMs(fromMs, toMs) / 1000,
  };
}

/** How long a run goes on without its evaluator, and then waits on purpose. */
export function aheadSeconds(steps: number, pace: number): number {
  return snapshotsAhead * steps * pace;
}
