/** Where the figures of several runs lie. */

export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Over how many runs: those that have the figure. */
  readonly runs: number;
}

/** @returns null where no run has the figure */
export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const runs = sorted.length;
  if (runs === 0) return null;
  // Of an even number, the mean of the two in the middle.
  const median = (sorted[Math.floor((runs - 1) / 2)]! + sorted[Math.floor(runs / 2)]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted[runs - 1]!, runs };
}
