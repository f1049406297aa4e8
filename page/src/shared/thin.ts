/** Reduces many points to as few as a screen can show: the mean, lowest and highest of each stretch. */

export interface Thinned {
  /** The last step of each stretch. */
  readonly steps: number[];
  readonly means: (number | null)[];
  readonly lows: (number | null)[];
  readonly highs: (number | null)[];
}

/**
 * Thins points out. A stretch without finite figures gets null.
 *
 * @param points maximum number of stretches, each of the same number of points
 */
export function thinned(
  steps: readonly number[],
  figures: readonly (number | null)[],
  points: number,
  from = 0,
): Thinned {
  const result: Thinned = { steps: [], means: [], lows: [], highs: [] };
  const stretch = Math.max(1, Math.ceil((steps.length - from) / points));
  for (let start = from; start < steps.length; start += stretch) {
    const end = Math.min(steps.length, start + stretch);
    let [sum, count, low, high] = [0, 0, Infinity, -Infinity];
    for (let index = start; index < end; index++) {
      const figure = figures[index];
      if (typeof figure !== "number") continue;
      sum += figure;
      count += 1;
      if (figure < low) low = figure;
      if (figure > high) high = figure;
    }
    result.steps.push(steps[end - 1]!);
    result.means.push(count > 0 ? sum / count : null);
    result.lows.push(count > 0 ? low : null);
    result.highs.push(count > 0 ? high : null);
  }
  return result;
}

/** Returns every n-th element of an array that is too long, always including the last. */
export function everyNth<T>(row: readonly T[], most: number): T[] {
  const n = Math.max(1, Math.ceil(row.length / most));
  return row.filter((_, index) => (row.length - 1 - index) % n === 0);
}
