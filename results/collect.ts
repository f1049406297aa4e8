/** Collects what is published of finished runs. */

import { type EvaluationLine, listRuns, type RunOnDisk, readRun, type StepLine } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { complain, exitCodes, say, whole } from "@memnet/terminal";
import { differingPaths, type PresetName, presetConfig, type TrainingConfig, trainingHash } from "memnet";
import { presetNames, type Result, type Row, resultFiles, writeFiles } from "./result.ts";

/** @param names the runs to collect; all that belong to a preset if none is named */
export async function collect(runsDir: string, names: readonly string[], folder: string): Promise<number> {
  const wanted = names.length > 0 ? names : (await listRuns(systemDisk, runsDir)).map(({ run }) => run);
  const taken = new Map<string, string>();
  let refused = 0;
  for (const run of new Set(wanted)) {
    const read = await readRun(systemDisk, runsDir, run);
    const { preset, differs } = nearestPreset(read.config.training);
    const other = differs.length > 0 ? `no preset; ${preset} differs in ${differs.join(", ")}` : undefined;
    if (other !== undefined && names.length === 0) {
      complain(`Skipped ${run}: ${other}`);
      continue;
    }
    const place = `${preset}, seed ${read.config.training.seed}`;
    const rival = taken.get(place);
    const also = rival === undefined ? undefined : `${rival} is ${place} too (name the one to take)`;
    const result = other ?? also ?? resultOf(read, preset);
    if (typeof result === "string") {
      complain(`Cannot take run ${run}: ${result}`);
      refused++;
      continue;
    }
    writeFiles(folder, resultFiles(result));
    taken.set(place, run);
    say(`Took ${run}: ${place}, ${whole(result.record.steps)} steps`);
  }
  if (taken.size + refused === 0)
    complain(`Cannot collect from ${runsDir}: it must hold a preset's run, and has none`);
  return refused > 0 || taken.size === 0 ? exitCodes.failure : exitCodes.done;
}

/** Compares settings, never names. A preset sets neither seed nor engine. */
export function nearestPreset(training: TrainingConfig): { preset: PresetName; differs: string[] } {
  const { seed, engine } = training;
  return presetNames
    .map((preset) => ({
      preset,
      differs: differingPaths(presetConfig(preset, { seed, engine }).training, training),
    }))
    .reduce((best, one) => (one.differs.length < best.differs.length ? one : best));
}

/** @returns why not, if the run cannot be published */
export function resultOf(
  { config, state, lines }: Pick<RunOnDisk, "config" | "state" | "lines">,
  preset: PresetName,
): Result | string {
  const { training, fingerprint, relaxedFrom, versions } = config;
  if (state.state !== "ended") return `it must have ended, and its state is ${state.state}`;
  if (relaxedFrom !== null) return `every step must be exact, and it was relaxed from step ${relaxedFrom}`;
  const last = lines.findLast(({ kind }) => kind === "checkpoint") as
    | { step: number; sha256: string }
    | undefined;
  const rows = condensed(lines, training.sequencesPerStep);
  if (!last || rows.at(-1)?.step !== last.step || fingerprint === null) {
    return "its metrics.jsonl must end with a checkpoint that was measured, and has none";
  }
  const record = {
    preset,
    seed: training.seed,
    steps: last.step,
    sequences: last.step * training.sequencesPerStep,
    parametersSha256: last.sha256,
    trainingSha256: trainingHash(training),
    engine: training.engine,
    fingerprint,
    memnet: versions.memnet ?? "",
    node: versions.node ?? "",
    platform: versions.platform ?? "",
    wallSeconds: wallSeconds(lines),
  };
  return { record, rows };
}

/**
 * Reduces metrics.jsonl, which has a line for every step, to rows for each measured step: the mean loss since the
 * measured step before, validation, then the sizes beyond training in the order of the file.
 */
function condensed(lines: RunOnDisk["lines"], sequencesPerStep: number): Row[] {
  const evaluations = lines.filter(({ kind }) => kind === "evaluation") as unknown as EvaluationLine[];
  const steps = lines.filter(({ kind }) => kind === "step") as unknown as StepLine[];
  const measuredSteps = [...new Set(evaluations.map(({ step }) => step))].sort((a, b) => a - b);
  return measuredSteps.flatMap((step, index) => {
    const since = measuredSteps[index - 1] ?? 0;
    // The loss of a step that is not finite is null in the file.
    const losses = steps.flatMap((one) => (one.step > since && one.step <= step ? (one.loss ?? []) : []));
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    const training = { split: "training", sequences: losses.length * sequencesPerStep };
    const lossBits = losses.length > 0 ? mean / Math.LN2 : null;
    const own = evaluations.filter((line) => line.step === step);
    own.sort((a, b) => Number(b.split === "validation") - Number(a.split === "validation"));
    return [{ ...training, lossBits, wrongBits: null, exact: null }, ...own].map((line) => ({
      step,
      sequences: step * sequencesPerStep,
      split: line.split,
      measured: line.sequences,
      lossBits: rounded(line.lossBits),
      wrongBits: rounded(line.wrongBits),
      exact: rounded(line.exact),
    }));
  });
}

/** Six digits are more than a picture shows, and keep the files small. */
function rounded(figure: number | null): number | null {
  return figure === null ? null : Number(figure.toPrecision(6));
}

/**
 * The seconds from a run's first opening to its end; null if it was opened again, and so may have been idle in between,
 * or if an event was lost.
 */
function wallSeconds(lines: RunOnDisk["lines"]): number | null {
  const times = (wanted: string) =>
    lines.flatMap(({ event, time }) => (event === wanted ? Date.parse(String(time)) : []));
  const [opened, ...again] = times("opened");
  const ended = times("ended").at(-1);
  if (opened === undefined || ended === undefined || again.length > 0) return null;
  return Math.round((ended - opened) / 1000);
}
