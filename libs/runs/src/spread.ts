/** The spreads of figures over several runs. Pure, and without imports, so that the page in a browser can use it. */

export interface Spread {
  readonly median: number;
  /** The quartiles: a quarter of the runs is at or below `lower`, a quarter at or above `upper`. */
  readonly lower: number;
  readonly upper: number;
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
  const [lower, median, upper] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  return { median, lower, upper, lowest: sorted[0]!, highest: sorted[runs - 1]!, runs };
}

/** Interpolates between the two nearest values. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  // Equal values give that value exactly, and the middle of two is their mean.
  return below + (above - below) * (place - Math.floor(place));
}

/** What a run has achieved. */
export interface Outcome {
  /** The first measured step that satisfies the goal; null if none does. */
  readonly reached: number | null;
  /** The number of sequences trained on before the goal was reached; null if it was not. */
  readonly sequences: number | null;
  readonly best: { readonly lossBits: number; readonly wrongBits: number; readonly exact: number } | null;
  /** The newest evaluation of each split beyond training. */
  readonly beyond: readonly { readonly split: string; readonly exact: number | null }[];
}

export interface Spreads {
  /** The first measured step that satisfies the goal, and the sequences up to it. */
  readonly reached: Spread | null;
  readonly sequences: Spread | null;
  /** Taken from each run's best measured step. */
  readonly lossBits: Spread | null;
  readonly wrongBits: Spread | null;
  readonly exact: Spread | null;
  /** The share of exact sequences in each run's newest evaluation of a split beyond training. */
  readonly beyond: readonly { readonly split: string; readonly exact: Spread | null }[];
}

export function spreadsOf(runs: readonly Outcome[]): Spreads {
  const splits = [...new Set(runs.flatMap(({ beyond }) => beyond.map(({ split }) => split)))];
  const over = (figure: (run: Outcome) => number | null | undefined) =>
    spread(runs.map((run) => figure(run) ?? null));
  return {
    reached: over(({ reached }) => reached),
    sequences: over(({ sequences }) => sequences),
    lossBits: over(({ best }) => best?.lossBits),
    wrongBits: over(({ best }) => best?.wrongBits),
    exact: over(({ best }) => best?.exact),
    beyond: splits.map((name) => ({
      split: name,
      exact: over(({ beyond }) => beyond.find(({ split }) => split === name)?.exact),
    })),
  };
}

interface Compared {
  readonly runs: readonly Pick<Outcome, "reached">[];
  readonly spreads: Pick<Spreads, "sequences" | "wrongBits">;
}

/** Sorts those first that reach the goal most often, then soonest, then those with the fewest wrong bits. */
export function bestFirst(a: Compared, b: Compared): number {
  const reachedBy = ({ runs }: Compared) =>
    runs.filter(({ reached }) => reached !== null).length / Math.max(1, runs.length);
  // Without the figure, last: a finite number, since the difference of two infinities is not a number.
  const median = (one: Spread | null) => one?.median ?? Number.MAX_VALUE;
  return (
    reachedBy(b) - reachedBy(a) ||
    median(a.spreads.sequences) - median(b.spreads.sequences) ||
    median(a.spreads.wrongBits) - median(b.spreads.wrongBits)
  );
}
