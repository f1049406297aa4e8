/** Test helpers: a small run, its checkpoints and its lines. */

import {
  builtInTask,
  encodeCheckpoint,
  initialParameters,
  type Learner,
  merged,
  modelOf,
  newLearner,
  type RunConfig,
  runConfig,
  type Settings,
} from "memnet";
import { stepLine } from "./lines.ts";

/** The task of the test runs. */
export const copyTask = builtInTask("copy");

/** Settings of a model small enough to compute by hand, for the copy task. */
export const smallModel: Settings = {
  model: "ntm",
  controller: { hidden: 3 },
  memory: { slots: 5, width: 2 },
  heads: { reads: 1, writes: 1 },
  engine: "tfjs-cpu",
};

/** Returns the configuration of a small copy run that is measured at every second step. */
export function smallConfig(settings: Settings = {}): RunConfig {
  const small: Settings = {
    ...smallModel,
    task: { name: "copy", bits: 2, length: [1, 2] },
    steps: 20,
    evaluateEvery: 2,
    checkpointEvery: 1,
    evaluationBatches: 1,
  };
  return runConfig(merged(small, settings), copyTask);
}

/** Returns a learner at step 0 with the seed's initial parameters. */
export function smallLearner({ training }: RunConfig): Learner {
  const model = modelOf(training, copyTask);
  return newLearner(training, model, initialParameters(model, training.seed));
}

/** Returns a checkpoint's bytes. Different values of `bend` give different bytes for the same step. */
export function checkpointBytes(config: RunConfig, step: number, bend = 0): Uint8Array {
  const learner = smallLearner(config);
  learner.step = step;
  learner.parameters[0] = step;
  learner.parameters[1] = bend;
  return encodeCheckpoint(learner);
}

export function recordLines(from: number, to: number): string {
  let lines = "";
  for (let step = from; step <= to; step++) {
    lines += `${stepLine({ step, loss: 1 / step, gradientNorm: 1 })}\n`;
  }
  return lines;
}
