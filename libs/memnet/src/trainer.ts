/** A run in this process, step by step: the same steps and bits as on a cluster with the same engine. */

import { type Adder, createAdder, sumNode } from "./adder.ts";
import { assert } from "./assert.ts";
import { decodeCheckpoint, encodeCheckpoint, parametersFrom } from "./checkpoint.ts";
import { differingPaths } from "./config/canonical-json.ts";
import { type PresetName, presetDefault, preset as presetSettings } from "./config/presets.ts";
import { merged, type RunConfig, runConfig } from "./config/settings.ts";
import { microBatchCount, modelOf, stagesOf, type TrainingConfig } from "./config/training.ts";
import type { TrainSettings } from "./config/written.ts";
import type { Engine } from "./engines/engine.ts";
import { chooseEngine, createEngine, type EngineName } from "./engines/registry.ts";
import { type Measured, measure, validationSplit } from "./evaluation.ts";
import { initialParameters } from "./initial-parameters.ts";
import { type Learner, newLearner, type StepRecord } from "./learner.ts";
import { pause, pauseByWork } from "./pause.ts";
import type { NodeSum } from "./reduction.ts";
import { decodeSafetensors } from "./safetensors.ts";
import { parametersHash } from "./sha256.ts";
import { createStepper } from "./stepper.ts";
import type { BuiltInSettings } from "./tasks/built-in-settings.ts";
import { checkTask, taskFrom } from "./tasks/check.ts";
import { makeMicroBatch } from "./tasks/micro-batch.ts";
import { builtInTask } from "./tasks/registry.ts";
import type { Task, TaskSettings } from "./tasks/task.ts";

/** What to train. `Own` are the settings of the task. */
export interface TrainerOptions<Own extends TaskSettings = BuiltInSettings> {
  /** The preset's name, docs/model.md §15; `copy-ntm` is the default. */
  readonly preset?: PresetName;
  /** Settings that override the preset's. They are checked at run time too, so they may come from a file. */
  readonly settings?: TrainSettings<NoInfer<Own>>;
  /** A task of your own. */
  readonly task?: Task<Own>;
  /** `auto`, the default, is the fastest that works here. */
  readonly engine?: EngineName | "auto";
  /** A checkpoint of the same training configuration, from which training resumes. */
  readonly from?: Uint8Array;
  /**
   * A safetensors file whose parameters are the initial ones of a new run: a checkpoint, or one written in Python. Other
   * settings may differ, and so may the number of slots; widths and heads must be the model's.
   */
  readonly initial?: Uint8Array;
}

/**
 * A run. Iterating it takes its steps, up to the setting `steps`; a loop that is left can be followed by another. The
 * event loop runs many times a second, between micro-batches.
 */
export interface Trainer extends AsyncIterable<StepRecord> {
  /** The whole configuration. */
  readonly config: RunConfig;
  /** The task that is learned. */
  readonly task: Task;
  /** @internal For the programs of this repository. */
  readonly engine: Engine;
  /** @internal Parameters, optimizer state and the number of steps taken, which change with each step. */
  readonly learner: Learner;
  /** Steps taken so far. */
  readonly step: number;
  /** [parameterCount], docs/model.md §2. The next step changes the array in place. */
  readonly parameters: Float32Array;
  /** SHA-256 of the parameters: a function of configuration and seed alone. */
  readonly sha256: string;
  /** Measures on the validation stream: `evaluationBatches` batches of 16 sequences, the same ones every time. */
  evaluate(): Promise<Measured>;
  /** A safetensors file from which training can resume. */
  checkpoint(): Uint8Array;
}

/**
 * Makes a run whose steps the caller takes: `for await (const { step, loss } of trainer)`.
 *
 * @throws RangeError for settings that cannot work, or a file that is no checkpoint of them; TaskError if `task` breaks
 *         the rules of README, "A task of your own"; Error if the engine does not work here
 */
export async function createTrainer<Own extends TaskSettings = BuiltInSettings>(
  options: TrainerOptions<Own> = {},
): Promise<Trainer> {
  const { config, task, engine, start } = await prepare(options);
  const { training, operation } = config;
  const stepper = await createStepper(start);
  const { learner } = stepper;
  const adder = await createAdder(learner.parameters.length, microBatchCount(training));
  const sum = stepSummer(learner, engine, task, adder);
  return {
    config,
    task,
    engine,
    learner,
    parameters: learner.parameters,
    get step() {
      return learner.step;
    },
    get sha256() {
      return parametersHash(learner.parameters);
    },
    evaluate: () =>
      measure(
        engine,
        learner.parameters,
        { task, split: validationSplit(training), seed: training.seed, batches: operation.evaluationBatches },
        pause,
      ),
    checkpoint: () => encodeCheckpoint(learner),
    async *[Symbol.asyncIterator]() {
      while (learner.step < operation.steps) {
        const record = stepper.take(await sum());
        if (record.loss === null && training.nonFinite === "fail") {
          throw new Error(
            `Cannot take step ${record.step}: its loss and gradient must be finite, got one that is not`,
          );
        }
        yield record;
      }
    },
  };
}

async function prepare<Own extends TaskSettings>(options: TrainerOptions<Own>) {
  if (options.task) taskFrom(options.task, "the task");
  if (options.from && options.initial) {
    throw new RangeError("Cannot start a run: give `from` or `initial`, not both");
  }
  const settings = merged(presetSettings(options.preset ?? presetDefault), {
    ...(options.task ? { task: { name: options.task.name } } : {}),
    ...options.settings,
  });
  const task = options.task ?? builtInTask((settings.task as { name: string }).name);
  const wanted = options.engine ?? "auto";
  const { training } = runConfig({ ...settings, engine: wanted }, task);
  if (options.task) for (const settings of stagesOf(training)) checkTask(task, settings);
  const model = modelOf(training, task);
  const parameters = options.initial && parametersFrom(decodeSafetensors(options.initial), model);
  const { name } = await chooseEngine(wanted, model);
  const initial = parameters ? { initial: parametersHash(parameters) } : {};
  const config = runConfig({ ...settings, ...initial, engine: name }, task);
  return {
    config,
    task,
    engine: await createEngine(name, model),
    start: options.from
      ? resumed(options.from, config.training)
      : newLearner(config.training, model, parameters ?? initialParameters(model, config.training.seed)),
  };
}

/** @throws RangeError naming the settings in which the checkpoint differs, with which the bits would differ */
function resumed(file: Uint8Array, training: TrainingConfig): Learner {
  const learner = decodeCheckpoint(file);
  const differing = differingPaths(learner.training, training);
  if (differing.length > 0) {
    throw new RangeError(`Cannot resume from this checkpoint: it differs in ${differing.join(", ")}`);
  }
  return learner;
}

/** Returns a function that computes the gradient and loss sums of the learner's next step. */
function stepSummer(learner: Learner, engine: Engine, task: Task, adder: Adder): () => Promise<NodeSum> {
  const { training } = learner;
  const leaves = { lo: 0, hi: microBatchCount(training) };
  const paused = pauseByWork(learner.model);
  const compute = async (leaf: number, into: Float32Array) => {
    const batch = makeMicroBatch(task, training, learner.step + 1, leaf);
    const loss = await engine.gradient(learner.parameters, batch, into);
    await paused(batch);
    return loss;
  };
  return async () => {
    const sum = await sumNode(adder, leaves, { compute });
    assert(sum, "no micro-batch gives up");
    return sum;
  };
}
