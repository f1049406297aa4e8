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

/** Faults one after the other, and the rests before and after them: the same run without faults. */
export interface Round {
  /** From the first fault to when the one after the last would have come. */
  readonly harmed: Stretch;
  /** In which its faults themselves kept the run from taking steps. */
  readonly ownSeconds: number;
  readonly rests: readonly [before: Stretch, after: Stretch];
}

export interface Kept {
  /** Share of the rests' throughput. */
  readonly kept: number;
  /** The same without the faults' own time. */
  readonly keptBeyond: number;
}

/** What is kept of the throughput, each round's beside its own rests: a shared machine's drifts by more than faults cost. */
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
function aheadSeconds(steps: number, pace: number): number {
  return snapshotsAhead * steps * pace;
}
