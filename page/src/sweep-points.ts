/** The figures and curves of a sweep's points, from their runs' evaluations. Pure. */

import type { RunFigures, SweepRecord } from "@memnet/protocol";
import {
  type EvaluationLine,
  figures,
  type Outcome,
  type StoredConfig,
  type StoredState,
  type SweepRun,
  spread,
  spreadsOf,
  sweepRuns,
  validation,
} from "@memnet/runs";
import { conditionText } from "memnet";
import { bitsOf } from "./shared/bits.ts";
import type { Part, Span } from "./shared/part.ts";
import {
  type Band,
  type BandCurve,
  type CurveFigure,
  figuresOf,
  type Sweep,
  type SweepPoint,
  type SweepSeed,
  trainingSplit,
} from "./shared/sweep.ts";
import { everyNth } from "./shared/thin.ts";
import type { Stretch } from "./steps-file.ts";

/** What is compared: the points of a sweep, or groups of chosen runs. */
export interface Compared extends Pick<SweepRecord, "name" | "goal" | "points" | "pruned"> {
  /** The seeds of each point; null if the points differ in them. */
  readonly seeds: number | null;
  readonly runs: readonly SweepRun[];
}

export function comparedIn(record: SweepRecord): Compared {
  return { ...record, seeds: record.seeds.length, runs: sweepRuns(record) };
}

/** How many runs' steps are read: a long run has a hundred thousand lines, which take some tenths of a second. */
export const runsWithStepsMax = 50;

/** A run that has begun. */
export interface BegunRun {
  readonly config: StoredConfig;
  readonly state: Pick<StoredState, "reason"> & { readonly state: string };
  /** All lines of each split, ascending by step. */
  readonly evaluations: readonly EvaluationLine[];
  /** The training between evaluations, and the steps from one to the next; null if it was not read. */
  readonly training: { readonly every: number; readonly stretches: readonly Stretch[] } | null;
}

/** A run of a sweep. */
export interface RunOfSweep extends SweepRun {
  /** Null before the run has begun. */
  readonly begun: BegunRun | null;
  readonly outcome: RunOutcome;
}

type RunOutcome = Omit<RunFigures, "run" | "training"> & Pick<Outcome, "sequences">;

const noOutcome: RunOutcome = { reached: null, sequences: null, best: null, beyond: [] };

export function runOfSweep(run: SweepRun, begun: BegunRun | null, goal: SweepRecord["goal"]): RunOfSweep {
  if (!begun) return { ...run, begun, outcome: noOutcome };
  const { config, evaluations } = begun;
  const found = figures(run.run, { config, index: { evaluations } }, goal);
  const sequences = found.reached === null ? null : found.reached * config.training.sequencesPerStep;
  return { ...run, begun, outcome: { ...found, sequences } };
}

/** What curves are of. */
export interface CurvesOf {
  readonly split: string;
  /** The part of the horizontal axis; null is all of it. */
  readonly part: Part | null;
}

const allOfValidation: CurvesOf = { split: validation, part: null };

/** The most points of a curve. */
export interface Resolution {
  readonly bandPoints: number;
  readonly seedPoints: number;
}

/** Drawn points of a whole sweep: a browser draws so many at once, and they are some megabytes of JSON. */
const drawnMax = 40_000;

/** Returns a resolution at which a whole sweep can be sent and drawn. */
export function resolutionOf({ points, runs }: Pick<Compared, "points" | "runs">): Resolution {
  const share = (curves: number) => Math.min(200, Math.max(10, Math.floor(drawnMax / curves)));
  return { bandPoints: share(points.length), seedPoints: share(runs.length) };
}

export function sweepOf(
  { name, goal, seeds, runs }: Compared,
  points: readonly SweepPoint[],
  splits: readonly string[],
): Sweep {
  const goalFigure = goal.figure === "loss" ? "lossBits" : goal.figure;
  const hasSteps = runs.length <= runsWithStepsMax;
  return { name, goal: conditionText(goal), goalFigure, seeds, splits, hasSteps, points };
}

/** Returns the splits that the runs have measured, validation first. */
export function splitsOf(runs: readonly Pick<RunOfSweep, "begun">[]): string[] {
  const splits = new Set([validation]);
  for (const { begun } of runs) for (const { split } of begun?.evaluations ?? []) splits.add(split);
  return [...splits];
}

/**
 * Returns a point.
 *
 * @param runs the point's runs
 * @param of   what the curves are of; the other figures are of validation
 */
export function pointOf(
  { pruned }: Pick<Compared, "pruned">,
  { label, settings }: SweepRecord["points"][number],
  runs: readonly RunOfSweep[],
  { bandPoints, seedPoints }: Resolution,
  of = allOfValidation,
): SweepPoint {
  const { sequences, wrongBits, lossBits, exact } = spreadsOf(runs.map(({ outcome }) => outcome));
  const training = runs.find(({ begun }) => begun)?.begun?.config.training;
  const early = pruned.find((one) => one.label === label);
  return {
    label,
    settings,
    pruned: early ? { step: early.step, reason: early.reason } : null,
    task: training?.task.name ?? null,
    runs: runs.map((run) => seedOf(run, seedPoints, of)),
    sequencesPerStep: training?.sequencesPerStep ?? null,
    spreads: { sequences, wrongBits, lossBits, exact },
    band: bandOf(
      runs.flatMap(({ begun }) => begun ?? []),
      bandPoints,
      of,
    ),
  };
}

function seedOf({ run, seed, begun, outcome }: RunOfSweep, points: number, of: CurvesOf): SweepSeed {
  const { split, part } = of;
  const lines = linesIn(begun, split).filter(({ step }) => isWithin(part, begun, step));
  const { reached, sequences, best } = outcome;
  const shown = everyNth(lines, points);
  return {
    run,
    seed,
    state: begun?.state.state ?? null,
    reason: begun?.state.reason ?? null,
    step: begun?.evaluations.at(-1)?.step ?? 0,
    steps: begun?.config.operation.steps ?? null,
    reached,
    sequences,
    best: best
      ? { step: best.step, wrongBits: best.wrongBits, lossBits: best.lossBits, exact: best.exact }
      : null,
    curve: {
      steps: shown.map(({ step }) => step),
      seconds: begun?.training ? shown.map(({ step }) => secondsAt(begun, step)) : null,
      ...columnsOf(split, (figure) => shown.map((line) => line[figure] ?? null)),
    },
  };
}

/**
 * Returns the quartiles over the runs at each step that one of them measured. A run that has ended keeps its last figure,
 * since its parameters no longer change; without it the runs that need longest would alone decide the line's end.
 */
export function bandOf(
  runs: readonly BegunRun[],
  points: number,
  { split, part } = allOfValidation,
): BandCurve {
  const curves = runs.map((run) => {
    const lines = linesIn(run, split);
    return {
      run,
      at: new Map(lines.map((line) => [line.step, line])),
      last: run.state.state === "ended" ? lines.at(-1) : undefined,
    };
  });
  const secondsOf = (step: number) => {
    const measuring = curves.filter(({ at }) => at.has(step)).map(({ run }) => secondsAt(run, step));
    return spread(measuring)?.median ?? 0;
  };
  // The runs of a point have the same number of sequences in a step.
  const isShown = (step: number) =>
    part?.across === "time" ? isIn(part.span, secondsOf(step)) : isWithin(part, runs[0] ?? null, step);
  const all = [...new Set(curves.flatMap(({ at }) => [...at.keys()]))].filter(isShown).sort((a, b) => a - b);
  const steps = everyNth(all, points);
  const measured = steps.map((step) =>
    curves.flatMap(({ at, last }) => at.get(step) ?? (last && last.step < step ? last : [])),
  );
  return {
    steps,
    seconds: runs.some(({ training }) => training) ? steps.map(secondsOf) : null,
    ...columnsOf(split, (figure): Band => {
      const spreads = measured.map((lines) => spread(lines.map((line) => line[figure] ?? null)));
      return {
        lower: spreads.map((one) => one?.lower ?? null),
        median: spreads.map((one) => one?.median ?? null),
        upper: spreads.map((one) => one?.upper ?? null),
      };
    }),
  };
}

/** A split's figures at a step. */
type Measured = Pick<EvaluationLine, "step"> & Readonly<Partial<Record<CurveFigure, number | null>>>;

function linesIn(begun: BegunRun | null, split: string): readonly Measured[] {
  if (split === trainingSplit) return trainingIn(begun);
  return begun?.evaluations.filter((line) => line.split === split) ?? [];
}

function trainingIn(begun: BegunRun | null): Measured[] {
  const stretches = begun?.training?.stretches ?? [];
  return stretches.map(({ step, loss, gradient }) => ({ step, lossBits: bitsOf(loss), gradient }));
}

/** Whether a run's measured step is in the part. */
function isWithin(part: Part | null, begun: BegunRun | null, step: number): boolean {
  if (!part || !begun) return true;
  const { across, span } = part;
  if (across === "time") return isIn(span, secondsAt(begun, step));
  return isIn(span, across === "sequences" ? step * begun.config.training.sequencesPerStep : step);
}

function isIn([from, to]: Span, place: number): boolean {
  return place >= from && place <= to;
}

/** Returns the seconds of training up to a measured step. */
function secondsAt({ training }: BegunRun, step: number): number {
  if (!training) return 0;
  return training.stretches[Math.ceil(step / training.every) - 1]?.seconds ?? 0;
}

/** Returns a column of each figure that the split has. */
function columnsOf<T>(split: string, column: (figure: CurveFigure) => T): Partial<Record<CurveFigure, T>> {
  return Object.fromEntries(figuresOf(split).map((figure) => [figure, column(figure)]));
}
