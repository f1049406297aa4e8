/** The timed work: a preset's training iteration with its longest sequences. */

import {
  builtInTask,
  initialParameters,
  longest,
  makeBatch,
  modelOf,
  type PresetName,
  presetConfig,
  type Settings,
  streams,
  taskSettings,
  withSetting,
} from "memnet";

/** The presets that are timed if none is named: the others have networks of the same kinds. */
export const presetsTimed: readonly PresetName[] = [
  "original-ntm-copy",
  "original-ntm-copy-20",
  "original-dnc-repeat-copy",
  "original-dnc-repeat-copy-fast",
];

export type Workload = ReturnType<typeof workload>;

/** The sections of settings that peers know. Their optimizers and clipping know the presets' alone. */
const sections = ["model", "controller", "memory", "heads", "task"];

/** @throws RangeError for an assignment of `--set` that sets nothing of the model and its task */
export function chosen(assignments: readonly string[]): Settings {
  for (const assignment of assignments) {
    const section = /^\w*/.exec(assignment)![0];
    if (sections.includes(section)) continue;
    throw new RangeError(
      `Cannot set ${JSON.stringify(assignment)}: it must be of ${sections.join(", ")}, as in model=lstm`,
    );
  }
  return assignments.reduce<Settings>(withSetting, {});
}

/**
 * @param changed settings that differ from the preset's
 * @throws RangeError for settings that cannot be trained with
 */
export function workload(preset: string, sequences: number, changed: Settings = {}) {
  const settings = { ...changed, engine: "wasm", sequencesPerStep: sequences, microBatch: sequences };
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
  return { preset, sequences, changed, training, model, parameters: initialParameters(model, seed), batch };
}
