/** Training in one process without NATS, with measurements on the way. */

import { satisfies } from "./config/until.ts";
import { isBetter, type Measured } from "./evaluation.ts";
import type { StepRecord } from "./learner.ts";
import type { BuiltInSettings } from "./tasks/built-in-settings.ts";
import type { TaskSettings } from "./tasks/task.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "./trainer.ts";

/** A measurement on the validation stream, and the step after which it was made. */
export interface StepEvaluation extends Measured {
  /** Counts from 1. */
  readonly step: number;
}

/** The best measurement so far, with the checkpoint of its step. */
export interface Best extends StepEvaluation {
  /** A safetensors file, which `loadModel` and the option `from` take. */
  readonly checkpoint: Uint8Array;
}

/** What to train, and what to do meanwhile. */
export interface TrainOptions<Own extends TaskSettings = BuiltInSettings> extends TrainerOptions<Own> {
  /** Steps between measurements; the last step is measured too. The setting `evaluateEvery` is the same. */
  readonly evaluateEvery?: number;
  /** Called after each step; the next one waits for what it returns. */
  readonly onStep?: (record: StepRecord) => unknown;
  /** Called after each measurement; the next step waits for what it returns. */
  readonly onEvaluation?: (evaluation: StepEvaluation) => unknown;
  /** Writes the run down, as `recordRun` of memnet/node does. */
  readonly recorder?: Recorder;
  /** Ends training before its last step. */
  readonly signal?: AbortSignal;
}

/** Keeps what a run leaves behind. Each call is awaited. */
export interface Recorder {
  /** Before the first step. */
  begin(trainer: Trainer): Promise<void>;
  /** After each step. */
  step(record: StepRecord): Promise<void>;
  /**
   * After each measurement.
   *
   * @param isBest whether it is better than all before
   */
  evaluation(evaluation: StepEvaluation, isBest: boolean): Promise<void>;
  /** After the last step, or the error that ended training. */
  end(state: "ended" | "stopped" | "failed", reason: string | null): Promise<void>;
}

/** A run that has ended: its parameters are those of the last step. */
export interface Trained extends Omit<Trainer, typeof Symbol.asyncIterator> {
  /** The best measurement; null if none was made, or none was finite. */
  readonly best: Best | null;
}

/**
 * Trains to the last step, to the condition of the setting `until`, or until the signal aborts. It measures if
 * `evaluateEvery`, `onEvaluation`, a recorder or `until` asks for it.
 *
 * @throws RangeError for settings that cannot work, or a file that is no checkpoint of them; TaskError if `task` breaks
 *         the rules of README, "A task of your own"; Error if the engine does not work here, or if a step is not finite
 *         and the setting `nonFinite` is `fail`
 */
export async function train<Own extends TaskSettings = BuiltInSettings>(
  options: TrainOptions<Own> = {},
): Promise<Trained> {
  const { evaluateEvery, recorder } = options;
  const trainer = await createTrainer({
    ...options,
    ...(evaluateEvery !== undefined && { settings: { ...options.settings, evaluateEvery } }),
  });
  await recorder?.begin(trainer);
  try {
    const { best, ended } = await loop(trainer, options);
    await recorder?.end(ended ? "ended" : "stopped", null);
    // The trainer itself, so that its getters stay, and what was best.
    return Object.assign(trainer, { best });
  } catch (error) {
    await recorder?.end("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function loop(
  trainer: Trainer,
  { evaluateEvery, onStep, onEvaluation, recorder, signal }: Omit<TrainOptions, "settings" | "task">,
): Promise<{ best: Best | null; ended: boolean }> {
  const { until } = trainer.config.training;
  const { steps, evaluateEvery: every } = trainer.config.operation;
  const measures = evaluateEvery !== undefined || onEvaluation || recorder || until;
  let best: Best | null = null;
  if (signal?.aborted) return { best, ended: false };
  for await (const record of trainer) {
    const { step } = record;
    await recorder?.step(record);
    await onStep?.(record);
    const isDue = step % every === 0 || step === steps;
    if (measures && isDue) {
      const evaluation = { step, ...(await trainer.evaluate()) };
      const finite = Number.isFinite(evaluation.loss);
      const isBest = finite && (best === null || isBetter(evaluation, best));
      if (isBest) best = { ...evaluation, checkpoint: trainer.checkpoint() };
      await recorder?.evaluation(evaluation, isBest);
      await onEvaluation?.(evaluation);
      if (until && finite && satisfies(until, evaluation)) return { best, ended: true };
    }
    if (signal?.aborted) return { best, ended: step === steps };
  }
  return { best, ended: true };
}
