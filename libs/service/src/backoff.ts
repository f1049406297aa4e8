/** Computes how long to wait before a retry. */

/**
 * Limits of the wait between dials: the first is short because a server restarts quickly, the longest spares a server
 * that is down.
 */
export const redialMsMin = 50;
export const redialMsMax = 2000;

/**
 * Doubles with each failed attempt. The result is drawn between half of that and all of it, so that many clients do not
 * retry at the same time.
 *
 * @param attempt failed attempts so far, from 0
 * @param random  in [0, 1)
 * @returns       milliseconds in [minMs, maxMs]
 */
export function backoffMs(
  attempt: number,
  minMs = redialMsMin,
  maxMs = redialMsMax,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maxMs, 2 * minMs * 2 ** Math.min(attempt, 30));
  return Math.max(minMs, ceiling * (0.5 + random() / 2));
}
