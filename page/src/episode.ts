/** Runs a run's model on one episode of the test stream, and says which episodes can be requested. */

import { readFile } from "node:fs/promises";
import { Prepared, type RunJob } from "@memnet/runs";
import {
  architecture,
  beyondTraining,
  channelsOf,
  decodeCheckpoint,
  encodeSafetensors,
  guessingLoss,
  type Learner,
  type ModelConfig,
  makeBatch,
  modelOf,
  parameterCount,
  parameterLayout,
  range,
  scheduledRate,
  settingsText,
  stagesOf,
  streams,
  type Task,
  type TaskSettings,
  type Tensor,
  type TraceName,
  type TrainingConfig,
  taskSettings,
  traceShapes,
} from "memnet";
import type { EpisodeSize, ModelDetails } from "./shared/api.ts";

export interface EpisodeJob extends EpisodeChoice {
  /** Path of the checkpoint's file. */
  readonly path: string;
}

/** An episode of a task, whatever plays it. */
export interface EpisodeChoice extends RunJob {
  /** Chosen sizes by name, such as length; the others are drawn as in training. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly episode: number;
}

/** 64 MB, which a browser can draw easily. */
const numbersMax = 16_000_000;

/** An episode may be this many times as large as those of training, which shows whether the model generalises. */
const timesTrained = 8;

export class EpisodeRunner {
  private readonly prepared = new Prepared();

  async describe(job: RunJob): Promise<ModelDetails> {
    const { task } = await this.prepared.for(job);
    const model = modelOf(job.training, task);
    return {
      parts: architecture(model),
      parameters: parameterCount(model),
      tensors: parameterLayout(model).map(({ name, shape }) => ({ name, shape })),
      guessingLoss: guessingLoss(task, job.training),
      sizes: episodeSizes(job.training, task),
      rates: ratesOf(job.training),
      stages: job.training.curriculum.map(({ from, task: changed }) => ({
        from,
        settings: settingsText(changed) || "the task's own settings",
      })),
    };
  }

  /** Plays an episode by a checkpoint, as playModel() does. */
  async play({ path, ...choice }: EpisodeJob): Promise<Uint8Array> {
    return this.playModel(choice, decodeCheckpoint(new Uint8Array(await readFile(path))));
  }

  /**
   * Plays an episode.
   *
   * @returns a safetensors file of input x, output y, mask and the engine's trace, each [time, …]; the trace lacks the
   *          links if only they make it too large
   * @throws RangeError if a size is not one of the task's, or is too large
   */
  async playModel(
    job: EpisodeChoice,
    { step, parameters, model }: Pick<Learner, "step" | "parameters" | "model">,
  ): Promise<Uint8Array> {
    const { engine, task } = await this.prepared.for(job);
    const settings = chosenSettings(job, task);
    const place = { seed: job.seed, stream: streams.test, step: 0, from: job.episode, sequences: 1 };
    const batch = makeBatch(task, settings, place);
    const names = shownTensors(engine.model, batch.times);
    const trace = await engine.trace(parameters, batch);
    const { loss, wrongBits } = await engine.evaluate(parameters, batch);
    const tensors = new Map<string, Tensor>([
      ["x", { shape: [batch.times, model.input], data: batch.x }],
      ["y", { shape: [batch.times, model.output], data: batch.y }],
      ["mask", { shape: [batch.times], data: batch.mask }],
    ]);
    for (const name of names) {
      const { shape, data } = trace[name]!;
      const [time, _batch, ...rest] = shape;
      tensors.set(name, { shape: [time!, ...rest], data });
    }
    const channels = JSON.stringify(channelsOf(task, settings));
    const figures = { step, loss, wrongBits, seed: job.seed, episode: job.episode, channels };
    return encodeSafetensors({
      tensors,
      metadata: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    });
  }

  dispose(): void {
    this.prepared.dispose();
  }
}

const ratePoints = 100;
/** A constant rate is drawn to this step, beyond any run's end. */
const farStep = 1e12;

/** Returns the learning rate at some steps of its schedule, and far beyond it; null if it is constant. */
function ratesOf({ optimizer: { learningRate, schedule } }: TrainingConfig): ModelDetails["rates"] {
  const last = Math.max(schedule.warmup, schedule.decay === "none" ? 0 : (schedule.over ?? 0));
  if (last === 0) return null;
  const steps = Array.from({ length: ratePoints }, (_, index) =>
    Math.ceil((last * (index + 1)) / ratePoints),
  );
  return [...new Set([1, ...steps, farStep])].map((step) => [
    step,
    scheduledRate(learningRate, schedule, step),
  ]);
}

/**
 * Returns the ranges among a task's settings, each with its maximum: a multiple of the largest of training, or the
 * largest evaluation beyond it if that is larger.
 */
export function episodeSizes(training: TrainingConfig, task: Task): EpisodeSize[] {
  const settings = taskSettings(training);
  return Object.keys(task.settings)
    .filter((name) => Array.isArray(task.settings[name]))
    .map((name) => {
      const beyond = beyondTraining(training, task).map((split) => range(split.settings, name)[1]);
      const ranges = stagesOf(training).map((stage) => range(stage, name));
      const least = Math.min(...ranges.map(([lo]) => lo));
      const largest = Math.max(...ranges.map(([, hi]) => hi));
      const max = Math.max(timesTrained * largest, ...beyond);
      return { name, trained: [least, largest], first: range(settings, name)[1], max };
    });
}

function chosenSettings({ training, sizes }: EpisodeChoice, task: Task): TaskSettings {
  const known = episodeSizes(training, task);
  const settings: Record<string, TaskSettings[string]> = { ...taskSettings(training) };
  for (const [name, value] of Object.entries(sizes)) {
    const size = known.find((one) => one.name === name);
    if (!size) {
      const names = known.map((one) => one.name).join(", ") || "none";
      throw new RangeError(`Cannot choose ${name}: the sizes of task ${task.name} are ${names}`);
    }
    if (value < 1 || value > size.max) {
      throw new RangeError(`Cannot play this episode: ${name} must be from 1 to ${size.max}, got ${value}`);
    }
    settings[name] = [value, value];
  }
  return settings;
}

/**
 * Returns the names of a trace's tensors that an episode shows.
 *
 * @throws RangeError if they are too many numbers even without links
 */
export function shownTensors(model: ModelConfig, times: number): TraceName[] {
  const shapes = Object.entries(traceShapes(model));
  const numbers = (some: typeof shapes) =>
    times * some.reduce((sum, [, shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const withoutLinks = shapes.filter(([name]) => name !== "link");
  const shown = numbers(shapes) <= numbersMax ? shapes : withoutLinks;
  if (numbers(shown) > numbersMax) {
    throw new RangeError(
      `Cannot show this episode: its memory and weights must be at most ${numbersMax} numbers, they are ${numbers(shown)}`,
    );
  }
  return shown.map(([name]) => name as TraceName);
}
