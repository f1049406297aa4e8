/** The spread of a figure over several runs. */

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** The number of runs that have the figure. */
  readonly runs: number;
}

/** @returns null if no run has the figure */
export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const runs = sorted.length;
  if (runs === 0) return null;
  // For an even number of values, the mean of the middle two.
  const median = (sorted[Math.floor((runs - 1) / 2)]! + sorted[Math.floor(runs / 2)]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted[runs - 1]!, runs };
}
