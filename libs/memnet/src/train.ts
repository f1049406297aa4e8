/** Training in one process without NATS: the same steps and bits as on a cluster with the same engine. */

import { type Adder, createAdder, sumNode } from "./adder.ts";
import { assert } from "./assert.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { differingPaths } from "./config/canonical-json.ts";
import { presetDefault, preset as presetSettings } from "./config/presets.ts";
import { merged, type RunConfig, runConfig, type Settings } from "./config/settings.ts";
import {
  microBatchCount,
  modelOf,
  stagesOf,
  type TrainingConfig,
  taskSettingsAt,
} from "./config/training.ts";
import type { Engine } from "./engines/engine.ts";
import { chooseEngine, createEngine } from "./engines/registry.ts";
import { type Measured, measure, validationSplit } from "./evaluation.ts";
import { initialParameters } from "./initial-parameters.ts";
import { type Learner, newLearner, type StepRecord } from "./learner.ts";
import { streams } from "./random/philox.ts";
import type { NodeSum } from "./reduction.ts";
import { parametersHash } from "./sha256.ts";
import { createStepper } from "./stepper.ts";
import { makeBatch } from "./tasks/batches.ts";
import { checkTask, taskFrom } from "./tasks/check.ts";
import { builtInTask } from "./tasks/registry.ts";
import type { Task } from "./tasks/task.ts";

export interface TrainOptions {
  /** Its name, as in docs/model.md §15; `copy-ntm` is the default. */
  readonly preset?: string;
  /** Settings that override the preset's, such as `{ memory: { slots: 64 }, steps: 1000, seed: 2 }`. */
  readonly settings?: Settings;
  /** A task of your own. */
  readonly task?: Task;
  /** `auto`, the default, is the fastest that works here. */
  readonly engine?: string;
  /** A checkpoint of the same training configuration, from which training resumes. */
  readonly from?: Uint8Array;
  /** Called after each step. */
  readonly onStep?: (record: StepRecord) => void;
  /** Ends training before its last step. */
  readonly signal?: AbortSignal;
}

export interface Trained {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly learner: Learner;
  /** SHA-256 of the parameters: a function of configuration and seed alone. */
  readonly sha256: string;
  /** Loss in nats, wrong bits and exact sequences on the validation stream. */
  evaluate(): Promise<Measured>;
  /** A safetensors file from which training can resume. */
  checkpoint(): Uint8Array;
}

/** @throws TaskError if `task` breaks the rules of README, "A task of your own" */
export async function train(options: TrainOptions = {}): Promise<Trained> {
  const { config, task, engine } = await prepare(options);
  const { training, operation } = config;
  const stepper = await createStepper(
    options.from
      ? resumed(options.from, training)
      : newLearner(training, engine.model, initialParameters(engine.model, training.seed)),
  );
  const { learner } = stepper;
  const adder = await createAdder(learner.parameters.length, microBatchCount(training));
  while (learner.step < operation.steps && !options.signal?.aborted) {
    const record = stepper.take(await stepSum(learner, engine, task, adder));
    options.onStep?.(record);
  }
  return {
    config,
    engine,
    learner,
    sha256: parametersHash(learner.parameters),
    evaluate: () =>
      measure(engine, learner.parameters, {
        task,
        split: validationSplit(training),
        seed: training.seed,
        batches: operation.evaluationBatches,
      }),
    checkpoint: () => encodeCheckpoint(learner),
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

async function prepare(options: TrainOptions): Promise<{ config: RunConfig; task: Task; engine: Engine }> {
  if (options.task) taskFrom(options.task, "the task");
  const settings = merged(presetSettings(options.preset ?? presetDefault), {
    ...(options.task ? { task: { name: options.task.name } } : {}),
    ...options.settings,
  });
  const task = options.task ?? builtInTask((settings.task as { name: string }).name);
  const wanted = options.engine ?? "auto";
  const { training } = runConfig({ ...settings, engine: wanted }, task);
  if (options.task) for (const settings of stagesOf(training)) checkTask(task, settings);
  const model = modelOf(training, task);
  const { name } = await chooseEngine(wanted, model);
  return {
    config: runConfig({ ...settings, engine: name }, task),
    task,
    engine: await createEngine(name, model),
  };
}

/** The gradient and loss sums of the learner's next step. */
async function stepSum(learner: Learner, engine: Engine, task: Task, adder: Adder): Promise<NodeSum> {
  const { training } = learner;
  const sum = await sumNode(
    adder,
    { lo: 0, hi: microBatchCount(training) },
    {
      compute(leaf, into) {
        const batch = makeBatch(task, taskSettingsAt(training, learner.step + 1), {
          seed: training.seed,
          stream: streams.training,
          step: learner.step,
          from: leaf * training.microBatch,
          sequences: training.microBatch,
        });
        return engine.gradient(learner.parameters, batch, into);
      },
    },
  );
  assert(sum, "no micro-batch gives up");
  return sum;
}
