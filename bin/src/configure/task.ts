/** Finds the task that a name or a file stands for. */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readTaskFile } from "@memnet/service/task-file";
import { UsageError } from "@memnet/terminal";
import {
  builtInTask,
  builtInTasks,
  type Settings,
  sha256,
  stagesOf,
  type Task,
  type TaskSettings,
  type TrainingConfig,
} from "memnet";

export interface LoadedTask {
  readonly task: Task;
  /** The task's section of the configuration. */
  readonly settings: Settings;
}

/**
 * Loads a task. A user's own task is tried first, with the given settings or its own, as every service does.
 *
 * @throws UsageError or RangeError if it is neither a task's name nor a file, TaskError if the task breaks the rules
 */
export async function loadTask(nameOrFile: string, tried?: TaskSettings): Promise<LoadedTask> {
  if (builtInTasks.some(({ name }) => name === nameOrFile)) {
    return { task: builtInTask(nameOrFile), settings: { task: { name: nameOrFile }, taskFile: null } };
  }
  const path = resolve(nameOrFile);
  if (!existsSync(path)) {
    if (!/[./\\]/.test(nameOrFile)) builtInTask(nameOrFile);
    throw new UsageError(`Cannot read the task ${nameOrFile}: there is no such file`);
  }
  const { task, sha256: hash } = await readTaskFile(nameOrFile, tried);
  if (builtInTasks.some(({ name }) => name === task.name)) {
    throw new UsageError(
      `Cannot use ${nameOrFile} as a task: its name must not be that of a built-in one, got ${task.name}`,
    );
  }
  return { task, settings: { task: { name: task.name, sha256: hash }, taskFile: path } };
}

/**
 * Loads the task that settings name.
 *
 * @throws UsageError if the file is not the one that the configuration means
 */
export async function taskOfSettings(settings: Settings): Promise<Task> {
  const written = (settings.task ?? {}) as { name?: unknown; sha256?: unknown };
  const file = settings.taskFile;
  if (typeof file !== "string") {
    if (written.sha256 !== undefined && written.sha256 !== null) {
      throw new UsageError(`The task ${String(written.name)} is a file of its own: name it with --task FILE`);
    }
    return builtInTask(String(written.name));
  }
  // Compare the hashes before loading, so that a different file is never run.
  if (written.sha256 !== undefined && existsSync(file)) {
    const hash = sha256(readFileSync(file));
    if (hash !== written.sha256) {
      throw new UsageError(
        `Cannot use the task file ${file}: its SHA-256 must be ${String(written.sha256)}, got ${hash}`,
      );
    }
  }
  return (await loadTask(file)).task;
}

/**
 * Loads the task of a run and tries it with the run's settings, in every stage of its curriculum.
 *
 * @throws UsageError or RangeError if the file is not the run's, TaskError if the task breaks the rules
 */
export async function taskOfRun(
  training: Pick<TrainingConfig, "task" | "curriculum">,
  taskFile: string | null,
): Promise<Task> {
  const task = await taskOfSettings({ task: training.task, taskFile });
  if (taskFile !== null) for (const settings of stagesOf(training)) await loadTask(taskFile, settings);
  return task;
}
