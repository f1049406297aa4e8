/** Test helper: a run small enough to compute by hand. */

import { copyTask, smallLearner as learnerOf, smallModel } from "@memnet/runs/testing";
import { type Learner, type RunConfig, runConfig, type Settings } from "memnet";

/** Returns a configuration with five micro-batches per step, which make an uneven tree. */
export function smallConfig(settings: Settings = {}): RunConfig {
  return runConfig(
    {
      ...smallModel,
      task: { name: "copy", bits: 2, length: [1, 3] },
      sequencesPerStep: 10,
      microBatch: 2,
      ...settings,
    },
    copyTask,
  );
}

export function smallLearner(config: RunConfig = smallConfig()): Learner {
  return learnerOf(config);
}
