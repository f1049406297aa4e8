/** Reads a model from a file of its own: a checkpoint, or a file that has a model's tensors alone. */

import { UsageError } from "@memnet/terminal";
import {
  builtInTask,
  type Learner,
  modelOf,
  newLearner,
  parametersFrom,
  presetConfig,
  presetName,
} from "memnet";
import { readCheckpoint, readSafetensors } from "./runs-dir.ts";

export const presetText =
  "the model and the task of a file that is no checkpoint, but has a model's tensors alone";

/**
 * Reads a model. A checkpoint has its own configuration; a file of tensors alone takes a preset's.
 *
 * @param preset the preset, if one is named
 * @throws UsageError or RangeError naming the file, or the tensor that does not fit
 */
export function readModel(path: string, preset: string | undefined): Learner {
  const file = readSafetensors(path);
  if (file.metadata.format?.startsWith("memnet-checkpoint")) {
    if (preset === undefined) return readCheckpoint(path);
    throw new UsageError(`Cannot use --preset with ${path}: it is a checkpoint, which has its own settings`);
  }
  if (preset === undefined) {
    throw new UsageError(`Cannot use ${path}: it is no checkpoint, so --preset must name its model and task`);
  }
  // The engine does not matter here; this one works on every machine.
  const { training } = presetConfig(presetName(preset), { engine: "wasm" });
  const model = modelOf(training, builtInTask(training.task.name));
  try {
    return newLearner(training, model, parametersFrom(file, model));
  } catch (error) {
    const why = (error as Error).message.replace(/^Cannot [^:]*: /, "");
    throw new UsageError(`Cannot use ${path} with preset ${preset}: ${why}`, { cause: error });
  }
}
