/** Converts a run's curves to the lines of a plot, with their styles and points. */

import type { Curves } from "./api.ts";

export type FigureName = "loss" | "wrongBits" | "exact";
/** What a chart can show: a figure of a run or of a sweep, or the learning rate. */
export type ChartName = FigureName | "lossBits" | "rate";

export interface PlotLine {
  /** Identifies the line in the legend, which shows and hides it. */
  readonly key: string;
  readonly name: string;
  /** Position in the legend, which decides colour and dashes. */
  readonly style: number;
  readonly points: readonly (readonly [step: number, value: number | null])[];
  /** The lowest and highest values around the mean. */
  readonly band?: readonly (readonly [step: number, value: number | null])[];
  /** The outline of an area around the points. */
  readonly area?: readonly (readonly [step: number, value: number])[];
  /** Set for a line in the background: one of a point's seeds, or a point that is not singled out. */
  readonly pale?: "seed" | "other";
  /** Steps after `points` that were announced but not recorded yet. */
  readonly ahead?: readonly (readonly [step: number, value: number | null])[];
}

/** A horizontal line. */
export interface Level {
  readonly name: string;
  readonly value: number;
  /** The position of its name above the line: at the right or the left end. */
  readonly position: "insideEndTop" | "insideStartTop";
}

export interface LegendEntry {
  readonly key: string;
  readonly name: string;
  readonly style: number;
}

export const trainingKey = "training";

/** Returns the legend: training and each split of the main run, then the validation of every overlaid run. */
export function legendOf(main: Curves, others: readonly Curves[]): LegendEntry[] {
  const own = [trainingKey, ...main.splits.map(({ split }) => split)];
  const entries = own.map((key) => ({ key, name: key.replace("-", " ") }));
  for (const { run } of others) entries.push({ key: `run ${run}`, name: run });
  return entries.map((entry, style) => ({ ...entry, style }));
}

/**
 * Returns the lines of one figure. Another run has its validation line, or in the loss chart its training line if
 * nothing has been evaluated yet.
 */
export function linesOf(
  figure: FigureName,
  main: Curves,
  others: readonly Curves[],
  ahead: PlotLine["points"] = [],
): PlotLine[] {
  const legend = legendOf(main, others);
  const entry = (key: string) => legend.find((one) => one.key === key)!;
  const lines: PlotLine[] = [];
  if (figure === "loss") lines.push({ ...entry(trainingKey), ...trainingPoints(main), ahead });
  for (const { split } of main.splits) {
    lines.push({ ...entry(split), points: splitPoints(main, split, figure) });
  }
  for (const other of others) {
    const points = splitPoints(other, "validation", figure);
    const training = figure === "loss" && points.length === 0 ? trainingPoints(other).points : points;
    lines.push({ ...entry(`run ${other.run}`), points: training });
  }
  return lines;
}

function trainingPoints({ training }: Curves): Pick<PlotLine, "points" | "band"> {
  const { steps, means, lows, highs } = training;
  return {
    points: steps.map((step, index) => [step, means[index]!] as const),
    band: steps.flatMap((step, index) => [[step, lows[index]!] as const, [step, highs[index]!] as const]),
  };
}

function splitPoints({ splits }: Curves, wanted: string, figure: FigureName): PlotLine["points"] {
  const found = splits.find(({ split }) => split === wanted);
  if (!found) return [];
  const values = { loss: found.losses, wrongBits: found.wrongBits, exact: found.exact }[figure];
  return found.steps.map((step, index) => [step, values[index]!] as const);
}

/** Appends the later curves to the earlier ones. */
export function joined(before: Curves, after: Curves): Curves {
  const splits = before.splits.map((one) => {
    const more = after.splits.find(({ split }) => split === one.split);
    return more
      ? {
          split: one.split,
          steps: [...one.steps, ...more.steps],
          losses: [...one.losses, ...more.losses],
          wrongBits: [...one.wrongBits, ...more.wrongBits],
          exact: [...one.exact, ...more.exact],
          floor: more.floor,
        }
      : one;
  });
  const fresh = after.splits.filter(({ split }) => !before.splits.some((one) => one.split === split));
  const [a, b] = [before.training, after.training];
  return {
    run: before.run,
    cursor: after.cursor,
    training: {
      steps: [...a.steps, ...b.steps],
      means: [...a.means, ...b.means],
      lows: [...a.lows, ...b.lows],
      highs: [...a.highs, ...b.highs],
    },
    splits: [...splits, ...fresh],
    events: [...before.events, ...after.events],
  };
}

/** Returns the levels that a chart of losses is compared with: guessing, and the least that any model can expect. */
export function levelsOf({ splits }: Curves, guessing: number | null): Level[] {
  const floor = splits.find(({ split }) => split === "validation")?.floor ?? null;
  const levels: Level[] = [];
  if (guessing !== null) levels.push({ name: "guessing", value: guessing, position: "insideEndTop" });
  if (floor !== null) levels.push({ name: "at least", value: floor, position: "insideStartTop" });
  return levels;
}

/** Returns the newest value of a line; null if it has none. */
export function newest({ points }: Pick<PlotLine, "points">): number | null {
  return points.findLast(([, value]) => value !== null)?.[1] ?? null;
}
