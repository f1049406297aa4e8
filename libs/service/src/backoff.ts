/** How long to wait before trying again. */

/** Waits between dials: the first is short because a server restarts quickly, the longest spares one that is down. */
export const REDIAL_MS_MIN = 50;
export const REDIAL_MS_MAX = 2000;

/**
 * Doubles with each failed attempt, between half and all of it at random, so that many do not come back at once.
 *
 * @param attempt failed attempts so far, from 0
 * @param random  in [0, 1)
 * @returns       milliseconds in [minMs, maxMs]
 */
export function backoffMs(
  attempt: number,
  minMs = REDIAL_MS_MIN,
  maxMs = REDIAL_MS_MAX,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maxMs, 2 * minMs * 2 ** Math.min(attempt, 30));
  return Math.max(minMs, ceiling * (0.5 + random() / 2));
}
