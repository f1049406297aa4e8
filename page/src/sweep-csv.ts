/** A sweep's runs and their evaluations as CSV. */

import type { SweepRecord } from "@memnet/protocol";
import { type EvaluationLine, type Indexed, validation } from "@memnet/runs";
import { csvRow, type Field } from "./csv.ts";
import { settingPaths } from "./shared/sweep.ts";
import type { RunOfSweep } from "./sweep-points.ts";

/** What runs.csv has of a run beside its outcome. */
export interface LastRecord {
  /** The last step taken. */
  readonly step: number;
  /** The hash of that step's parameters; null if that step has no checkpoint. */
  readonly sha256: string | null;
}

export function lastRecord({ index }: Pick<Indexed, "index">): LastRecord {
  return { step: index.lastStep, sha256: index.checkpoints.get(index.lastStep) ?? null };
}

const figures = ["loss", "lossBits", "wrongBits", "exact"] as const;
const beyondFigures = ["wrongBits", "exact"] as const;

/**
 * Returns a line for each run, with a column for each setting, and for each split beyond training the figures of its
 * newest evaluation. The figures without a split are those of validation at the best step.
 *
 * @param last by the run's name; runs that have not begun have none
 */
export function runsCsv(
  { name, points }: Pick<SweepRecord, "name" | "points">,
  runs: readonly RunOfSweep[],
  last: ReadonlyMap<string, LastRecord>,
): string {
  const paths = settingPaths(points);
  const settings = new Map(points.map((point) => [point.label, point.settings]));
  const splits = [...new Set(runs.flatMap(({ outcome }) => outcome.beyond.map(({ split }) => split)))];
  const head = [
    ...["sweep", "label", ...paths, "seed", "run", "state", "step", "reached", "sequences"],
    ...["bestStep", ...figures, "sha256"],
    ...splits.flatMap((split) => beyondFigures.map((figure) => `${split} ${figure}`)),
  ];
  const rows = runs.map(({ run, label, seed, begun, outcome }): Field[] => {
    const { reached, sequences, best, beyond } = outcome;
    const newest = (split: string) => beyond.find((one) => one.split === split);
    return [
      ...[name, label, ...paths.map((path) => settings.get(label)?.[path] ?? null), seed, run],
      ...[begun?.state.state ?? null, last.get(run)?.step ?? null, reached, sequences],
      ...[best?.step ?? null, ...figures.map((figure) => best?.[figure] ?? null)],
      last.get(run)?.sha256 ?? null,
      ...splits.flatMap((split) => beyondFigures.map((figure) => newest(split)?.[figure] ?? null)),
    ];
  });
  return [head, ...rows].map(csvRow).join("");
}

export const evaluationsHead = csvRow([
  ...["run", "label", "seed", "step", "sequences", "split", ...figures],
]);

/** Returns a line for each evaluation of a run. `sequences` counts those trained on up to the step. */
export function evaluationsCsv(
  { run, label, seed }: Pick<RunOfSweep, "run" | "label" | "seed">,
  evaluations: readonly EvaluationLine[],
  sequencesPerStep: number,
): string {
  const place = ({ split }: EvaluationLine) => (split === validation ? 0 : 1);
  return evaluations
    .toSorted((a, b) => a.step - b.step || place(a) - place(b))
    .map((line) =>
      csvRow([
        ...[run, label, seed, line.step, line.step * sequencesPerStep, line.split],
        ...figures.map((figure) => line[figure]),
      ]),
    )
    .join("");
}
