/** Converts a run's curves to the lines of a plot, with their styles and points. */

import type { Curves } from "./api.ts";
import type { Across } from "./axis.ts";
import { bitsOf } from "./bits.ts";

export type FigureName = "loss" | "wrongBits" | "exact" | "gradient";
/** What a chart can show: a figure of a run or of a sweep, or the learning rate. */
export type ChartName = FigureName | "lossBits" | "rate";

export interface PlotLine {
  /** Identifies the line in the legend, which shows and hides it. */
  readonly key: string;
  readonly name: string;
  /** Position in the legend, which decides colour and dashes. */
  readonly style: number;
  readonly points: readonly Place[];
  /** The lowest and highest values around the mean. */
  readonly band?: readonly Place[];
  /** The outline of an area around the points. */
  readonly area?: readonly (readonly [step: number, value: number])[];
  /** Set for a line in the background: one of a point's seeds, or a point that is not singled out. */
  readonly pale?: "seed" | "other";
  /** Steps after `points` that were announced but not recorded yet. */
  readonly ahead?: readonly Place[];
}

/** A position on the horizontal axis, and a value there. */
export type Place = readonly [across: number, value: number | null];

/** A horizontal line. */
export interface Level {
  readonly name: string;
  readonly value: number;
}

export interface LegendEntry {
  readonly key: string;
  readonly name: string;
  readonly style: number;
}

export const trainingKey = "training";

/** Returns the legend: training, then each split. */
export function legendOf({ splits }: Pick<Curves, "splits">): LegendEntry[] {
  const keys = [trainingKey, ...splits.map(({ split }) => split)];
  return keys.map((key, style) => ({ key, name: key.replace("-", " "), style }));
}

export interface Against {
  readonly across: Across;
  readonly sequencesPerStep: number;
}

/**
 * Returns the lines of one figure.
 *
 * @param ahead losses that were announced for later steps; left out over time, which they lack
 */
export function linesOf(
  figure: FigureName,
  curves: Curves,
  against: Against = { across: "steps", sequencesPerStep: 1 },
  ahead: readonly Place[] = [],
): PlotLine[] {
  const [training, ...splits] = legendOf(curves);
  const lines: PlotLine[] = [];
  if (figure === "loss" || figure === "gradient") {
    const figures = figure === "loss" ? curves.training : curves.gradients;
    const announced = figure === "loss" && against.across !== "time" ? ahead : [];
    lines.push({
      ...training!,
      ...trainingPoints(figures, placesOf(curves.training.steps, curves.seconds, against)),
      ahead: announced.map(([step, value]) => [acrossOf(step, 0, against), value]),
    });
  }
  if (figure === "gradient") return lines;
  for (const [index, { steps, seconds, ...found }] of curves.splits.entries()) {
    const values = { loss: found.losses, wrongBits: found.wrongBits, exact: found.exact }[figure];
    const places = placesOf(steps, seconds, against);
    lines.push({ ...splits[index]!, points: places.map((place, at) => [place, values[at]!] as const) });
  }
  return lines;
}

function placesOf(steps: readonly number[], seconds: readonly number[], against: Against): number[] {
  return steps.map((step, index) => acrossOf(step, seconds[index]!, against));
}

function acrossOf(step: number, seconds: number, { across, sequencesPerStep }: Against): number {
  if (across === "time") return seconds;
  return across === "sequences" ? step * sequencesPerStep : step;
}

function trainingPoints(
  { means, lows, highs }: Curves["gradients"],
  places: readonly number[],
): Pick<PlotLine, "points" | "band"> {
  return {
    points: places.map((place, index) => [place, means[index]!] as const),
    band: places.flatMap((place, index) => [[place, lows[index]!] as const, [place, highs[index]!] as const]),
  };
}

/** Returns where the horizontal axis of the lines ends; 0 without points. */
export function endOf(lines: readonly PlotLine[]): number {
  return Math.max(
    0,
    ...lines.flatMap(({ points, ahead }) => [points.at(-1)?.[0] ?? 0, ahead?.at(-1)?.[0] ?? 0]),
  );
}

/** Appends the later curves to the earlier ones. */
export function joined(before: Curves, after: Curves): Curves {
  const splits = before.splits.map((one) => {
    const more = after.splits.find(({ split }) => split === one.split);
    return more
      ? {
          split: one.split,
          steps: [...one.steps, ...more.steps],
          seconds: [...one.seconds, ...more.seconds],
          losses: [...one.losses, ...more.losses],
          wrongBits: [...one.wrongBits, ...more.wrongBits],
          exact: [...one.exact, ...more.exact],
          floor: more.floor,
        }
      : one;
  });
  const fresh = after.splits.filter(({ split }) => !before.splits.some((one) => one.split === split));
  return {
    run: before.run,
    cursor: after.cursor,
    training: {
      steps: [...before.training.steps, ...after.training.steps],
      ...joinedFigures(before.training, after.training),
    },
    gradients: joinedFigures(before.gradients, after.gradients),
    seconds: [...before.seconds, ...after.seconds],
    splits: [...splits, ...fresh],
    events: [...before.events, ...after.events],
    audited: after.audited,
  };
}

function joinedFigures(a: Curves["gradients"], b: Curves["gradients"]): Curves["gradients"] {
  return {
    means: [...a.means, ...b.means],
    lows: [...a.lows, ...b.lows],
    highs: [...a.highs, ...b.highs],
  };
}

/** A goal such as `wrongBits<0.1`, which ends a run. */
export interface Goal {
  readonly figure: FigureName | "lossBits";
  readonly value: number;
}

/**
 * Returns the levels that a chart is compared with: in that of losses guessing, which is where an untrained model is,
 * and the least that any model can expect; and the run's goal.
 *
 * @param guessing in nats per sequence
 */
export function levelsOf(
  figure: FigureName,
  { splits }: Pick<Curves, "splits">,
  guessing: number | null,
  goal: Goal | null,
): Level[] {
  const floor = splits.find(({ split }) => split === "validation")?.floor ?? null;
  const levels: Level[] = [];
  if (figure === "loss" && guessing !== null) levels.push({ name: "untrained", value: bitsOf(guessing) });
  if (figure === "loss" && floor !== null) levels.push({ name: "at least", value: floor });
  if (goal?.figure === figure) {
    levels.push({ name: "goal", value: figure === "loss" ? bitsOf(goal.value) : goal.value });
  }
  if (goal?.figure === "lossBits" && figure === "loss") levels.push({ name: "goal", value: goal.value });
  return levels;
}

/** Returns the newest value of a line; null if it has none. */
export function newest({ points }: Pick<PlotLine, "points">): number | null {
  return points.findLast(([, value]) => value !== null)?.[1] ?? null;
}
