/** Recognises the preset that a run was trained with, and describes a preset in one line. */

import { differingPaths, type PresetName, presetConfig, presets, type TrainingConfig } from "memnet";

export const presetNames = Object.keys(presets) as PresetName[];

/** The preset that a training configuration matches, or the settings in which the nearest preset differs from it. */
export type Recognised =
  | { readonly preset: PresetName }
  | { readonly nearest: PresetName; readonly differs: readonly string[] };

/** Compares settings, never names. A preset sets neither seed nor engine. */
export function recognise(training: TrainingConfig): Recognised {
  const { seed, engine } = training;
  const compared = presetNames.map((name) => ({
    name,
    differs: differingPaths(presetConfig(name, { seed, engine }).training, training),
  }));
  const nearest = compared.reduce((best, one) => (one.differs.length < best.differs.length ? one : best));
  return nearest.differs.length === 0
    ? { preset: nearest.name }
    : { nearest: nearest.name, differs: nearest.differs };
}

/** `NTM, 128 slots × 20, copy with length 5–10, RMSprop`. */
export function presetText(name: PresetName): string {
  const { training } = presetConfig(name, { seed: 1, engine: "auto" });
  const { slots, width } = training.memory;
  const ranges = Object.entries(training.task)
    .filter(([, value]) => Array.isArray(value))
    .map(([setting, value]) => `${setting} ${(value as number[]).join("–")}`);
  const optimizers = { rmsprop: "RMSprop", adam: "Adam" };
  return [
    `${training.model.toUpperCase()}, ${slots} slots × ${width}`,
    `${training.task.name} with ${ranges.join(" and ")}`,
    optimizers[training.optimizer.kind],
  ].join(", ");
}
