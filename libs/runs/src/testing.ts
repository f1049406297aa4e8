/** Test helpers: a small run, its checkpoints and its lines. */

import {
  builtInTask,
  encodeCheckpoint,
  initialParameters,
  modelOf,
  newLearner,
  type RunConfig,
  runConfig,
  type Settings,
} from "memnet";

/** The task of the test runs. */
export const copyTask = builtInTask("copy");

/** Returns the configuration of a small copy run that is measured at every second step. */
export function smallConfig(settings: Settings = {}): RunConfig {
  return runConfig(
    {
      model: "ntm",
      controller: { hidden: 3 },
      memory: { slots: 5, width: 2 },
      heads: { reads: 1, writes: 1 },
      task: { name: "copy", bits: 2, length: [1, 2] },
      engine: "tfjs-cpu",
      steps: 20,
      evaluateEvery: 2,
      checkpointEvery: 1,
      evaluationBatches: 1,
      ...settings,
    },
    copyTask,
  );
}

/** Returns a checkpoint's bytes. Different values of `bend` give different bytes for the same step. */
export function checkpointBytes({ training }: RunConfig, step: number, bend = 0): Uint8Array {
  const model = modelOf(training, copyTask);
  const learner = newLearner(training, model, initialParameters(model, training.seed));
  learner.step = step;
  learner.parameters[0] = step;
  learner.parameters[1] = bend;
  return encodeCheckpoint(learner);
}

export function recordLines(from: number, to: number): string {
  let lines = "";
  for (let step = from; step <= to; step++) {
    lines += `${JSON.stringify({ kind: "step", step, loss: 1 / step, gradientNorm: 1 })}\n`;
  }
  return lines;
}
