/** Computes what each fault cost a run. Pure. */

import { type Fault, ownMs } from "./draw.ts";
import { lostSeconds, type Progress, paceOver, type Stretch } from "./progress.ts";

/** A fault, and the period in which its cost is counted. */
export interface Struck {
  readonly fault: Fault;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Cost {
  /** The time lost beyond the fault's own. */
  readonly lostSeconds: number;
  /** The time in which the fault itself kept the run from taking steps. */
  readonly ownSeconds: number;
  /** The longest time without a new step. */
  readonly stillSeconds: number;
}

/**
 * The pace is taken from this much undisturbed time before and after the fault, since the pace of a shared machine
 * drifts by more than a fault costs.
 */
const aroundMs = 10_000;
/** A coordinator continues for at most this many snapshots past the last one kept. */
const snapshotsAhead = 2;

/** The undisturbed periods: before the first fault, between faults, after the last. */
export function between(struck: readonly Struck[], begunMs: number, endMs: number): Stretch[] {
  const ends = [begunMs, ...struck.map(({ toMs }) => toMs)];
  return ends.map((from, index) => [from, struck[index]?.fromMs ?? endMs]);
}

/** A series of faults, and the rests before and after it, which represent the same run without faults. */
export interface Round {
  /** From the first fault to the moment when another one would have followed the last. */
  readonly harmed: Stretch;
  /** The time in which the faults themselves kept the run from taking steps. */
  readonly ownSeconds: number;
  readonly rests: readonly [before: Stretch, after: Stretch];
}

export interface Kept {
  /** The share of the rests' throughput that was kept. */
  readonly kept: number;
  /** The same, not counting the faults' own time. */
  readonly keptBeyond: number;
}

/**
 * The share of the throughput that was kept. Each round is compared with its own rests, since the pace of a shared
 * machine drifts by more than faults cost.
 */
export function keptIn(progress: Progress, rounds: readonly Round[]): Kept {
  let [seconds, own, atRest] = [0, 0, 0];
  for (const { harmed, ownSeconds, rests } of rounds) {
    const [from, to] = [progress.at(harmed[0]), progress.at(harmed[1])];
    const pace = paceOver(progress, rests);
    if (!from || !to || pace === undefined) {
      throw new RangeError(
        `Cannot tell what is kept of ${harmed.join("…")} ms: the run must take steps around it`,
      );
    }
    seconds += (to.atMs - from.atMs) / 1000;
    own += ownSeconds;
    atRest += (to.step - from.step) * pace;
  }
  return { kept: atRest / seconds, keptBeyond: atRest / (seconds - own) };
}

/**
 * @param which       the fault's index
 * @param undisturbed the result of `between()`
 * @param steps       the steps between two checkpoints
 * @param otherwise   seconds per step to use if no step was taken in undisturbed time around the fault
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

/** How long a run continues without its evaluator, before it waits on purpose. */
function aheadSeconds(steps: number, pace: number): number {
  return snapshotsAhead * steps * pace;
}
