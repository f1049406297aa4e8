/** The spread of a figure over several runs. */

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** The quartiles: the medians of the values up to and from the median. */
  readonly lower: number;
  readonly upper: number;
  /** The number of runs that have the figure. */
  readonly runs: number;
}

/** @returns null if no run has the figure */
export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const runs = sorted.length;
  if (runs === 0) return null;
  const half = Math.ceil(runs / 2);
  return {
    median: middle(sorted),
    lowest: sorted[0]!,
    highest: sorted[runs - 1]!,
    lower: middle(sorted.slice(0, half)),
    upper: middle(sorted.slice(-half)),
    runs,
  };
}

/** For an even number of values, the mean of the middle two. */
function middle(sorted: readonly number[]): number {
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}
