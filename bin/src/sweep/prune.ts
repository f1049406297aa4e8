/**
 * Decides which points of a sweep end early. Pure: the same curves give the same decisions.
 *
 * A point is judged by the median over its seeds, never by one run. `median` is the median stopping rule of Golovin et
 * al. 2017, "Google Vizier", section 3.2: a point ends if its best figure so far is worse than the median of the other
 * points' running averages up to the same step. `asha` is asynchronous successive halving, Li et al. 2020, "A system for
 * massively parallel hyperparameter tuning", algorithm 2: of the points that have reached a rung, the best third continues.
 */

import { groupedBy } from "@memnet/runs";
import { figure, whole } from "@memnet/terminal";
import type { Condition } from "memnet";

export const pruneRules = ["median", "asha"] as const;
export type PruneRule = (typeof pruneRules)[number];

/** The figures of one run on the validation stream, ascending by step. */
export interface Curve {
  readonly label: string;
  readonly points: readonly (readonly [step: number, value: number])[];
  /** Whether the run is over; its last figure then stands for all later steps. */
  readonly isOver: boolean;
}

export interface Pruned {
  readonly label: string;
  readonly step: number;
  readonly reason: string;
}

export interface PruneOptions {
  readonly goal: Pick<Condition, "figure" | "comparison">;
  /** The steps of each run. */
  readonly steps: number;
  /** The seeds of each point. */
  readonly seeds: number;
}

/** A point is judged once so many of its runs have come as far. */
const seedsMin = 2;
/** The first figures of a run say little: none are judged before this share of its steps. */
const shareMin = 0.2;
/** Vizier's rule compares with this many others at least. */
const othersMin = 2;
/** The reduction factor of successive halving, and how many rungs there are before the last step. */
const reduction = 3;
const rungs = 3;

/** Returns the points that end now, of those that have not. */
export function pruneDecisions(
  rule: PruneRule,
  curves: readonly Curve[],
  already: ReadonlySet<string>,
  options: PruneOptions,
): Pruned[] {
  const points = [...groupedBy(curves, ({ label }) => label)].map(([label, runs]) => ({ label, runs }));
  const decide = rule === "median" ? byMedian : byRungs;
  return points
    .filter(({ label, runs }) => !already.has(label) && runs.some(({ isOver }) => !isOver))
    .flatMap((point) => decide(point, points, options) ?? []);
}

interface Point {
  readonly label: string;
  readonly runs: readonly Curve[];
}

function byMedian(point: Point, points: readonly Point[], options: PruneOptions): Pruned | undefined {
  const step = lastCommonStep(point, options);
  if (step === undefined || step < shareMin * options.steps) return undefined;
  const { better, text } = orientation(options);
  const own = medianAt(point, step, options, (values) => values.reduce((a, b) => (better(b, a) ? b : a)));
  const others = points
    .filter(({ label }) => label !== point.label)
    .flatMap((other) => medianAt(other, step, options, mean) ?? []);
  if (own === undefined || others.length < othersMin) return undefined;
  const bar = median(others);
  if (!better(bar, own)) return undefined;
  const reason = `at step ${whole(step)} its best ${text} is ${figure(own)}, and the other points' running averages have the median ${figure(bar)}`;
  return { label: point.label, step, reason };
}

function byRungs(point: Point, points: readonly Point[], options: PruneOptions): Pruned | undefined {
  const { better, text } = orientation(options);
  for (let rung = 1; rung <= rungs; rung++) {
    const step = Math.ceil(options.steps / reduction ** rung);
    const best = (one: Point) =>
      medianAt(one, step, options, (values) => values.reduce((a, b) => (better(b, a) ? b : a)));
    const own = best(point);
    if (own === undefined) continue;
    const all = points.flatMap((one) => best(one) ?? []);
    const kept = Math.floor(all.length / reduction);
    if (kept === 0) return undefined;
    const ahead = all.filter((value) => better(value, own)).length;
    if (ahead < kept) return undefined;
    const reason = `at the rung of step ${whole(step)} its best ${text} is ${figure(own)}, and ${whole(ahead)} of ${whole(all.length)} points are better`;
    return { label: point.label, step, reason };
  }
  return undefined;
}

/** The last step that enough of the point's runs have measured. */
function lastCommonStep({ runs }: Point, { steps, seeds }: PruneOptions): number | undefined {
  const reached = runs
    .flatMap(({ points, isOver }) => (points.length === 0 ? [] : [isOver ? steps : points.at(-1)![0]]))
    .sort((a, b) => b - a);
  return reached[Math.min(seedsMin, seeds) - 1];
}

/**
 * The median over a point's seeds of a summary of each run's figures up to a step; undefined if too few runs have come
 * as far.
 */
function medianAt(
  { runs }: Point,
  step: number,
  { seeds }: PruneOptions,
  summary: (values: readonly number[]) => number,
): number | undefined {
  const values = runs.flatMap(({ points, isOver }) => {
    const last = points.at(-1)?.[0];
    if (last === undefined || (last < step && !isOver)) return [];
    const upTo = points.filter(([at]) => at <= step).map(([, value]) => value);
    return upTo.length === 0 ? [] : [summary(upTo)];
  });
  return values.length < Math.min(seedsMin, seeds) ? undefined : median(values);
}

function orientation({ goal }: PruneOptions) {
  const less = goal.comparison.startsWith("<");
  const names = {
    loss: "loss",
    lossBits: "loss in bits",
    wrongBits: "number of wrong bits",
    exact: "share of exact sequences",
  };
  return { better: (a: number, b: number) => (less ? a < b : a > b), text: names[goal.figure] };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}
