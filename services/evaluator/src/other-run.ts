/**
 * A run's training configuration is fixed. Other settings need another run, which may start from this one's parameters if
 * they fit.
 */

import { join } from "node:path";
import { commandLine } from "@memnet/service/shell";
import { assignmentsBetween, builtInTask, modelOf, parameterLayout, type TrainingConfig } from "memnet";

/**
 * Returns how to train with other settings, as the end of a sentence.
 *
 * @param program how the reader starts memnet
 */
export function startAnotherRun(
  runsDir: string,
  run: string,
  from: TrainingConfig,
  to: TrainingConfig,
  program = "memnet",
): string {
  const fits = shapesOf(from) === shapesOf(to);
  const config = ["--runs-dir", runsDir, "--config", join(runsDir, run, "config.json")];
  const settings = assignmentsBetween(from, to).flatMap((assignment) => ["--set", assignment]);
  const command = commandLine(["train", ...config, ...(fits ? ["--from", run] : []), ...settings]);
  return `start another run${fits ? " from its parameters" : ""}: ${program} ${command}`;
}

/** Returns text that is equal for equal shapes. A task of a user's own is taken to keep its widths. */
function shapesOf(training: TrainingConfig): string {
  const { task, model, controller } = training;
  if (task.sha256 === undefined)
    return JSON.stringify(parameterLayout(modelOf(training, builtInTask(task.name))));
  const sizes = "memory" in training ? { ...training.memory, slots: undefined, ...training.heads } : {};
  return JSON.stringify({ name: task.name, model, controller, sizes });
}
