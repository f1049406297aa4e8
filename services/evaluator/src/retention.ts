/** Which checkpoints are thinned out. */

/** Evaluated checkpoints that are kept for the run's whole length: some 25 MB of the largest preset. */
export const evaluatedMax = 50;

export interface Kept {
  /** Steps that have a checkpoint. */
  readonly checkpoints: readonly number[];
  /** The newest so many are kept. */
  readonly newest: number;
  /** Steps whose evaluation is due and not in. */
  readonly pending: readonly number[];
  readonly measured: ReadonlySet<number>;
  /** Steps between evaluations. */
  readonly every: number;
  /** Kept whatever the rule says: the best ones. */
  readonly best: readonly number[];
}

/**
 * The steps whose checkpoints may go, ascending. Kept are step 0, the newest, the ones not yet measured, the best, and
 * of the measured ones those at every 2ᵏ-th evaluation, k the least that leaves at most `evaluatedMax`. What once went
 * is not wanted again, since k only grows.
 */
export function thinned({ checkpoints, newest, pending, measured, every, best }: Kept): number[] {
  const steps = [...checkpoints].sort((a, b) => a - b);
  const stay = new Set([0, ...pending, ...best, ...steps.slice(-newest)]);
  const last = Math.floor((steps.at(-1) ?? 0) / every);
  let stride = 1;
  while (Math.floor(last / stride) > evaluatedMax) stride *= 2;
  return steps.filter((step) => !stay.has(step) && !(measured.has(step) && step % (every * stride) === 0));
}
