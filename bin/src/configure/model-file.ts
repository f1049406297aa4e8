/** Reads a model from a file of its own: a checkpoint, or a file that has a model's tensors alone. */

import { UsageError } from "@memnet/terminal";
import {
  builtInTask,
  type Learner,
  type ModelConfig,
  modelOf,
  newLearner,
  parametersFrom,
  preset,
  type RunConfig,
  runConfig,
} from "memnet";
import { readCheckpoint, readSafetensors } from "./runs-dir.ts";

export const presetText =
  "the model and the task of a file that is no checkpoint, but has a model's tensors alone";

/**
 * Reads a model. A checkpoint has its own configuration; a file of tensors alone takes a preset's.
 *
 * @param presetName the preset, if one is named
 * @throws UsageError or RangeError naming the file, or the tensor that does not fit
 */
export function readModel(path: string, presetName: string | undefined): Learner {
  const file = readSafetensors(path);
  if (file.metadata.format?.startsWith("memnet-checkpoint")) {
    if (presetName === undefined) return readCheckpoint(path);
    throw new UsageError(`Cannot use --preset with ${path}: it is a checkpoint, which has its own settings`);
  }
  if (presetName === undefined) {
    throw new UsageError(`Cannot use ${path}: it is no checkpoint, so --preset must name its model and task`);
  }
  const { training, model } = modelOfPreset(presetName);
  try {
    return newLearner(training, model, parametersFrom(file, model));
  } catch (error) {
    const why = (error as Error).message.replace(/^Cannot [^:]*: /, "");
    throw new UsageError(`Cannot use ${path} with preset ${presetName}: ${why}`, { cause: error });
  }
}

/** The engine named is the one that works on every machine. */
function modelOfPreset(name: string): { training: RunConfig["training"]; model: ModelConfig } {
  const settings = preset(name);
  const task = builtInTask(String((settings.task as { name: unknown }).name));
  const { training } = runConfig({ ...settings, engine: "wasm" }, task);
  return { training, model: modelOf(training, task) };
}
