/** The timed work: a preset's training iteration with its longest sequences. */

import {
  type Batch,
  builtInTask,
  initialParameters,
  longest,
  type ModelConfig,
  makeBatch,
  modelOf,
  type PresetName,
  presetConfig,
  streams,
  type TrainingConfig,
  taskSettings,
} from "memnet";

export interface Workload {
  readonly preset: string;
  readonly sequences: number;
  readonly training: TrainingConfig;
  readonly model: ModelConfig;
  readonly parameters: Float32Array;
  readonly batch: Batch;
}

/** @throws RangeError for an unknown preset */
export function workload(preset: string, sequences: number): Workload {
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
