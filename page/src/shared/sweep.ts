/** A sweep, or a comparison of chosen runs, as the page and its server exchange it, and what the page and the report derive from it. */

import type { Spread } from "@memnet/runs/spread";
import { isUnderWay } from "./state.ts";

/** The figures of validation that a sweep's runs are compared by. */
export const sweepFigures = ["wrongBits", "lossBits", "exact"] as const;
export type SweepFigure = (typeof sweepFigures)[number];

/** The figures of curves: those of validation, and the norm of the gradient, which only the steps of training have. */
export const curveFigures = [...sweepFigures, "gradient"] as const;
export type CurveFigure = (typeof curveFigures)[number];

export interface ListedSweep {
  readonly name: string;
  readonly points: number;
  readonly seeds: number;
  /** The number of runs that are over, and of those that reached the goal; null if they are not counted. */
  readonly over: number | null;
  readonly solved: number | null;
}

/** The figures of a split at some steps, ascending. It lacks those that the split does not have. */
export interface FigureCurve extends Readonly<Partial<Record<CurveFigure, readonly (number | null)[]>>> {
  readonly steps: readonly number[];
  /** Seconds of training up to each step; null if the steps' records were not asked for. */
  readonly seconds: readonly number[] | null;
}

export interface Band {
  readonly lower: readonly (number | null)[];
  readonly median: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
}

/** The median and the quartiles over a point's seeds, at some steps, ascending. */
export interface BandCurve extends Readonly<Partial<Record<CurveFigure, Band>>> {
  readonly steps: readonly number[];
  /** The median of the seconds of training up to each step; null if the steps' records were not asked for. */
  readonly seconds: readonly number[] | null;
}

/** A run of a sweep. */
export interface SweepSeed {
  readonly run: string;
  readonly seed: number;
  /** Null if the run has not begun. */
  readonly state: string | null;
  readonly reason: string | null;
  /** The newest measured step; 0 if none is. */
  readonly step: number;
  readonly steps: number | null;
  /** The first measured step that reached the goal, and the sequences up to it. */
  readonly reached: number | null;
  readonly sequences: number | null;
  readonly best: ({ readonly step: number } & Readonly<Record<SweepFigure, number>>) | null;
  readonly curve: FigureCurve;
}

export interface SweepPoint {
  /** Unique in its sweep; empty if the sweep has one point without settings of its own. */
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Null before a run has begun. */
  readonly task: string | null;
  /** Why the point was ended early; null if it was not. */
  readonly pruned: { readonly step: number; readonly reason: string } | null;
  readonly runs: readonly SweepSeed[];
  /** Null before a run has begun. */
  readonly sequencesPerStep: number | null;
  readonly spreads: Readonly<Record<SweepFigure | "sequences", Spread | null>>;
  readonly band: BandCurve;
}

export interface Sweep {
  readonly name: string;
  /** What the runs are compared by, such as `wrongBits<0.1`. */
  readonly goal: string;
  readonly goalFigure: SweepFigure;
  /** The seeds of each point; null in a comparison, whose groups differ. */
  readonly seeds: number | null;
  /** What has been measured: validation first, then the sizes beyond training. */
  readonly splits: readonly string[];
  /** Whether the runs are few enough to read the records of their steps: the loss in training, and the time. */
  readonly hasSteps: boolean;
  readonly points: readonly SweepPoint[];
}

/** The server's answer: the points that changed since the cursor that was sent. */
export interface SweepNews extends Sweep {
  readonly cursor: string;
  /** Whether `points` are all of the sweep's points. */
  readonly whole: boolean;
}

/** Returns the sweep with the points that changed. */
export function withNews(before: Sweep, news: SweepNews): Sweep {
  if (news.whole) return news;
  const fresh = new Map(news.points.map((point) => [point.label, point]));
  return { ...news, points: before.points.map((point) => fresh.get(point.label) ?? point) };
}

/** Returns the paths of the settings that distinguish the points, in the order in which they were given. */
export function settingPaths(points: readonly Pick<SweepPoint, "settings">[]): string[] {
  return [...new Set(points.flatMap(({ settings }) => Object.keys(settings)))];
}

/**
 * Whether a run is over. Of a point that was ended early that is every run that is not training, since none will be
 * resumed or begun.
 *
 * @param state null if the run has not begun
 */
export function isOver(state: string | null, isPruned: boolean): boolean {
  if (isPruned) return state === null || !isUnderWay(state);
  return state === "ended" || state === "failed";
}

export function overIn({ runs, pruned }: Pick<SweepPoint, "runs" | "pruned">): number {
  return runs.filter(({ state }) => isOver(state, pruned !== null)).length;
}

export function solvedIn({ runs }: SweepPoint): number {
  return runs.filter(({ reached }) => reached !== null).length;
}

/** Returns the values as numbers; null if one is not a number, such as a range or a preset. */
export function numbersOf(values: readonly string[]): number[] | null {
  const numbers = values.map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** The split whose figures are those of the steps: the mean loss since the evaluation before. */
export const trainingSplit = "training";

/** Returns the figures that a split has. */
export function figuresOf(split: string): readonly CurveFigure[] {
  return split === trainingSplit ? ["lossBits", "gradient"] : sweepFigures;
}

/** Returns the tasks of the points, in their order. */
export function tasksOf(points: readonly Pick<SweepPoint, "task">[]): string[] {
  return [...new Set(points.flatMap(({ task }) => task ?? []))];
}

/** Whether an axis of these values is logarithmic: they are positive and span a decade or more. */
export function isLogarithmic(values: readonly number[]): boolean {
  const lowest = Math.min(...values);
  return lowest > 0 && Math.max(...values) >= 10 * lowest;
}
