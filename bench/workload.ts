/** The timed work: a preset's training iteration with its longest sequences. */

import {
  builtInTask,
  initialParameters,
  longest,
  makeBatch,
  modelOf,
  type PresetName,
  presetConfig,
  streams,
  taskSettings,
} from "memnet";

export type Workload = ReturnType<typeof workload>;

/** @throws RangeError for a number of sequences that cannot be trained on */
export function workload(preset: string, sequences: number) {
  const settings = { engine: "wasm", sequencesPerStep: sequences, microBatch: sequences };
  const { training } = presetConfig(preset as PresetName, settings);
  const task = builtInTask(training.task.name);
  const model = modelOf(training, task);
  const { seed } = training;
  const batch = makeBatch(task, longest(taskSettings(training)), {
    seed,
    stream: streams.training,
    step: 0,
    from: 0,
    sequences,
  });
  return { preset, sequences, training, model, parameters: initialParameters(model, seed), batch };
}
