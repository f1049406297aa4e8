/** How far a run is at each moment, as seen from outside, and how much time a fault cost it. Pure. */

/** The steps taken at a moment. A new epoch begins at its last checkpoint, so the step goes back there. */
export interface Sample {
  readonly atMs: number;
  readonly epoch: number;
  readonly step: number;
}

/** How long a sample counts as current: each trainer reports its step every 250 ms, three of them in turn. */
const freshMs = 300;

export class Progress {
  readonly samples: Sample[] = [];

  /** Records a sample; one that is older than the last is ignored. */
  heard(sample: Sample): void {
    const last = this.samples.at(-1);
    const newer =
      !last || sample.epoch > last.epoch || (sample.epoch === last.epoch && sample.step > last.step);
    if (newer) this.samples.push(sample);
  }

  get last(): Sample | undefined {
    return this.samples.at(-1);
  }

  /** How far the run was at a moment. If no sample came for long, the run stood still in that time. */
  at(ms: number): Sample | undefined {
    const found = this.samples.findLast(({ atMs }) => atMs <= ms);
    return found && (ms - found.atMs > freshMs ? { ...found, atMs: ms } : found);
  }

  /** The step at each full second from a moment on. */
  everySecond(fromMs: number): number[] {
    const seconds = Math.floor(((this.last?.atMs ?? fromMs) - fromMs) / 1000);
    return Array.from({ length: seconds + 1 }, (_, second) => this.at(fromMs + second * 1000)?.step ?? 0);
  }

  /** The longest time between two moments without a new step. */
  stillMs(fromMs: number, toMs: number): number {
    let best = Math.max(0, ...this.samples.filter(({ atMs }) => atMs <= fromMs).map(({ step }) => step));
    let sinceMs = fromMs;
    let longest = 0;
    for (const { atMs, step } of this.samples) {
      if (atMs <= fromMs || atMs > toMs || step <= best) continue;
      best = step;
      longest = Math.max(longest, atMs - sinceMs);
      sinceMs = atMs;
    }
    return Math.max(longest, toMs - sinceMs);
  }
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** How long the fault itself kept the run from taking steps. */
  readonly ownMs: number;
}

/**
 * The seconds by which the run fell behind a pace within a window, beyond the fault's own length. Steps that are
 * repeated after a restart count once.
 */
export function lostSeconds(progress: Progress, { fromMs, toMs, ownMs }: Window, pace: number): number {
  const [from, to] = [progress.at(fromMs), progress.at(toMs)];
  if (!from || !to)
    throw new RangeError(`Cannot tell the progress of ${fromMs}…${toMs} ms: nothing was heard`);
  return (to.atMs - from.atMs - ownMs) / 1000 - (to.step - from.step) * pace;
}

/** A period of time. */
export type Stretch = readonly [fromMs: number, toMs: number];

/** Seconds per step over all periods; undefined if no step was taken in them. */
export function paceOver(progress: Progress, stretches: readonly Stretch[]): number | undefined {
  let [ms, steps] = [0, 0];
  for (const [fromMs, toMs] of stretches) {
    const [from, to] = [progress.at(fromMs), progress.at(toMs)];
    if (!from || !to || to.epoch !== from.epoch) continue;
    ms += to.atMs - from.atMs;
    steps += to.step - from.step;
  }
  return steps > 0 ? ms / 1000 / steps : undefined;
}

/** Seconds per step between two moments of a run. */
export function secondsPerStep(progress: Progress, fromMs: number, toMs: number): number {
  const [from, to] = [progress.at(fromMs), progress.at(toMs)];
  if (!from || !to || to.step <= from.step) {
    throw new RangeError(`Cannot tell the pace of ${fromMs}…${toMs} ms: the run must take steps there`);
  }
  return (to.atMs - from.atMs) / 1000 / (to.step - from.step);
}

/** The value that this share of all values is at or below: the nearest one that was measured. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile of no values");
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
