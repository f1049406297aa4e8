/** Test helper: a run small enough to compute by hand. */

import {
  builtInTask,
  initialParameters,
  type Learner,
  modelOf,
  newLearner,
  type RunConfig,
  runConfig,
  type Settings,
} from "memnet";

export const task = builtInTask("copy");

/** Returns a configuration with five micro-batches per step, which make an uneven tree. */
export function smallConfig(settings: Settings = {}): RunConfig {
  return runConfig(
    {
      model: "ntm",
      controller: { hidden: 3 },
      memory: { slots: 5, width: 2 },
      heads: { reads: 1, writes: 1 },
      task: { name: "copy", bits: 2, length: [1, 3] },
      engine: "tfjs-cpu",
      sequencesPerStep: 10,
      microBatch: 2,
      ...settings,
    },
    task,
  );
}

export function smallLearner({ training }: RunConfig = smallConfig()): Learner {
  const model = modelOf(training, task);
  return newLearner(training, model, initialParameters(model, training.seed));
}
