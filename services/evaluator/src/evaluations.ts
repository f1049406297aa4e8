/** Records evaluations: writes their lines, updates the best checkpoint, and thins out the others. */

import { messages, subjects } from "@memnet/protocol";
import {
  bestOf,
  type EvaluationLine,
  evaluationLine,
  evaluationPlan,
  isBeyondDue,
  measuredSteps,
  pendingSteps,
  thinned,
  validation,
} from "@memnet/runs";
import { beyondBatches } from "memnet";
import type { Context } from "./context.ts";
import type { MeasureJob, SplitFigures } from "./measurer.ts";
import type { RunFolder } from "./run-folder.ts";
import { readOrQuarantine } from "./survey.ts";

/** The next evaluation of a run, and the parameters it measures. */
export interface Due {
  readonly step: number;
  /** SHA-256 of the parameters. */
  readonly parametersHash: string;
  readonly job: MeasureJob;
}

/** Returns the steps whose evaluation is due, among those acknowledged, which have both a file and a line. */
export function pendingOf(run: RunFolder): number[] {
  return pendingSteps(keptSteps(run), run.index.evaluations, evaluationPlan(run.config));
}

export function keptSteps({ checkpoints, index }: RunFolder): number[] {
  return checkpoints.filter((step) => index.checkpoints.has(step));
}

/** Returns the run's next due evaluation. Must be called in the run's queue. Throws like readOrQuarantine(). */
export async function nextDue(context: Context, run: RunFolder): Promise<Due | undefined> {
  for (const step of pendingOf(run)) {
    const read = await readOrQuarantine(context, run, step);
    if (!read) continue;
    return { step, parametersHash: read.parametersHash, job: jobOf(run, step, read.learner.parameters) };
  }
  return undefined;
}

function jobOf(run: RunFolder, step: number, parameters: Float32Array): MeasureJob {
  const plan = evaluationPlan(run.config);
  const { training, operation } = run.config;
  return {
    training,
    taskFile: operation.taskFile,
    parameters,
    batches: plan.batches,
    beyondBatches: isBeyondDue(step, plan) ? beyondBatches : 0,
  };
}

/** Records a step's figures, unless the run went back before that step meanwhile. Must be called in the run's queue. */
export async function record(
  context: Context,
  run: RunFolder,
  { step, parametersHash }: Due,
  figures: readonly SplitFigures[],
): Promise<void> {
  await run.settle();
  const stillThere = run.checkpoints.includes(step) && run.index.checkpoints.get(step) === parametersHash;
  if (run.gone || !stillThere || measuredSteps(run.index.evaluations).has(step)) return;
  const known = new Set(run.index.evaluations.filter((line) => line.step === step).map(({ split }) => split));
  // The validation line goes last: its presence means that the others are present too.
  const lines = figures
    .map((one) => evaluationLine(step, one))
    .filter(({ split }) => !known.has(split))
    .sort((a, b) => Number(a.split === validation) - Number(b.split === validation));
  await run.addLines(lines.map((line) => JSON.stringify(line)));
  await context.folder.check();
  for (const line of lines) publish(context, run, line);
  // A run that is over has no series any more; its figures are only in the files.
  if (run.isUnderWay) for (const line of lines) context.metrics.figures(run.name, line);
  await refreshBest(context, run);
  await thin(run);
}

/** Makes best.safetensors a copy of the best measured step's checkpoint. Must be called in the run's queue. */
export async function refreshBest(context: Context, run: RunFolder): Promise<void> {
  const here = (step: number) => step === run.bestStep || run.checkpoints.includes(step);
  const best = bestOf(run.index.evaluations, here);
  if (best && run.isUnderWay) context.metrics.best(run.name, best);
  if ((best?.step ?? null) === run.bestStep) return;
  if (!best) return run.writeBest(null);
  const read = await readOrQuarantine(context, run, best.step);
  if (read) await run.writeBest({ step: best.step, bytes: read.bytes });
}

/** Removes checkpoints that are no longer needed. Must be called in the run's queue. */
export async function thin(run: RunFolder): Promise<void> {
  const { checkpoints, index, bestStep } = run;
  const newest = run.config.operation.checkpointsKept;
  const recent = new Set(checkpoints.slice(-newest));
  // Also keep the best of the older checkpoints: it is the best one left if the run goes back a little.
  const bestBefore = bestOf(
    index.evaluations,
    (step) => checkpoints.includes(step) && !recent.has(step),
  )?.step;
  const going = thinned({
    checkpoints,
    newest,
    pending: pendingOf(run),
    measured: measuredSteps(index.evaluations),
    every: evaluationPlan(run.config).every,
    best: [bestStep, bestBefore].filter((step) => step !== null && step !== undefined),
  });
  for (const step of going) await run.removeCheckpoint(step);
}

/**
 * Publishes an evaluation. The message holds only finite numbers, so other figures appear only in metrics.jsonl and the
 * log.
 */
function publish({ actor }: Context, run: RunFolder, line: EvaluationLine): void {
  const { step, split, loss, lossBits, wrongBits, exact, sequences, floor = null } = line;
  if (loss === null || lossBits === null || wrongBits === null || exact === null) {
    actor.log.error(`The evaluation of step ${step} on ${split} is not finite`, { run: run.name });
    return;
  }
  actor.messenger.send(messages.evaluation, subjects.evaluator.evaluation, {
    run: run.name,
    epoch: run.epoch,
    trainingHash: run.trainingHash,
    step,
    split,
    loss,
    lossBits,
    wrongBits,
    exact,
    sequences,
    floor,
  });
}
