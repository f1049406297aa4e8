/**
 * Finds the spikes of a run's validation loss: a measurement far above those before it, after the loss had fallen. Pure,
 * and without imports, so that the page in a browser can use it.
 */

export interface Spikes {
  readonly count: number;
  /** The step at which the last one began; null if there is none. */
  readonly last: number | null;
}

export interface Measured {
  readonly step: number;
  /** Null if it is not finite. */
  readonly loss: number | null;
}

/** How many measurements the running median is over. */
const windowLength = 9;
/** With fewer measurements, the median says too little. */
const windowLeast = 3;
/** A spike begins where the loss is this many times the median, and ends where it is less than half as many. */
const timesMedian = 3;
/** A rise of less than this share of the first loss is noise around a solved task. */
const shareOfFirst = 0.02;
/** The loss has fallen once the median is at most this share of the first loss. */
const fallenTo = 0.5;

/** @param measured ascending by step */
export function spikesOf(measured: Iterable<Measured>): Spikes {
  let [count, last, first]: [number, number | null, number | null] = [0, null, null];
  let before: number[] = [];
  /** The measurements since the spike began; null outside one. */
  let spike: number[] | null = null;
  for (const { step, loss } of measured) {
    const value = loss ?? Infinity;
    first ??= value;
    const median = before.length >= windowLeast ? medianOf(before) : Infinity;
    const times = spike ? timesMedian / 2 : timesMedian;
    const rises = value > times * median && (spike !== null || value - median > shareOfFirst * first);
    if (rises && median <= fallenTo * first) {
      if (!spike) [count, last] = [count + 1, step];
      spike = [...(spike ?? []), value];
      if (spike.length < windowLength) continue;
      // The loss stays up: what follows is measured against this level.
      [before, spike] = [spike, null];
      continue;
    }
    spike = null;
    before = [...before.slice(1 - windowLength), value];
  }
  return { count, last };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
