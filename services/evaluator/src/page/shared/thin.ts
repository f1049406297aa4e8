/** Many points as few as a screen can show: of each stretch its mean, lowest and highest. */

export interface Thinned {
  /** The last step of each stretch. */
  readonly steps: number[];
  readonly means: (number | null)[];
  readonly lows: (number | null)[];
  readonly highs: (number | null)[];
}

/** @param points at most as many stretches as this, of equal numbers of points; none is finite where a figure is null */
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

/** Every n-th of a row that is too long, and its last. */
export function everyNth<T>(row: readonly T[], most: number): T[] {
  const n = Math.max(1, Math.ceil(row.length / most));
  return row.filter((_, index) => (row.length - 1 - index) % n === 0);
}
