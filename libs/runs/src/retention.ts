/** Decides which checkpoints are thinned out. */

/** Maximum number of evaluated checkpoints kept over a run's whole length: some 25 MB for the largest preset. */
export const evaluatedMax = 50;

export interface Kept {
  /** Steps that have a checkpoint. */
  readonly checkpoints: readonly number[];
  /** How many of the newest checkpoints are kept. */
  readonly newest: number;
  /** Steps whose evaluation is due but not finished. */
  readonly pending: readonly number[];
  readonly measured: ReadonlySet<number>;
  /** Number of steps between evaluations. */
  readonly every: number;
  /** The best steps, which are always kept. */
  readonly best: readonly number[];
}

/**
 * Returns the steps whose checkpoints may be removed, ascending. It keeps step 0, the newest, those not yet measured,
 * the best, and of the measured ones those at every 2ᵏ-th evaluation, where k is the least that leaves at most
 * `evaluatedMax`. A removed checkpoint is never wanted again, since k only grows.
 */
export function thinned({ checkpoints, newest, pending, measured, every, best }: Kept): number[] {
  const steps = [...checkpoints].sort((a, b) => a - b);
  const stay = new Set([0, ...pending, ...best, ...steps.slice(-newest)]);
  const last = Math.floor((steps.at(-1) ?? 0) / every);
  let stride = 1;
  while (Math.floor(last / stride) > evaluatedMax) stride *= 2;
  return steps.filter((step) => !stay.has(step) && !(measured.has(step) && step % (every * stride) === 0));
}
