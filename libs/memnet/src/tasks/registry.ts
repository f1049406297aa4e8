/** The tasks that memnet brings, and the check that a user's own file is one. */

import { copy } from "./copy.ts";
import { repeatCopy } from "./repeat-copy.ts";
import type { Task } from "./task.ts";

export const builtInTasks: readonly Task[] = [copy, repeatCopy];

/** @throws RangeError where memnet has no task of that name */
export function builtInTask(name: string): Task {
  const task = builtInTasks.find((one) => one.name === name);
  if (!task) {
    const known = builtInTasks.map((one) => one.name).join(", ");
    throw new RangeError(
      `Unknown task ${JSON.stringify(name)}: it must be one of ${known}, or a file (./mine.ts)`,
    );
  }
  return task;
}

/**
 * The task that a module exports as `task`.
 *
 * @param file only for the message
 * @throws TypeError naming what is missing
 */
export function taskOf(module: Readonly<Record<string, unknown>>, file: string): Task {
  const task = module.task as Partial<Task> | undefined;
  if (typeof task !== "object" || task === null) {
    throw new TypeError(`Cannot use ${file} as a task: it must export \`task\``);
  }
  const wanted = {
    name: "string",
    settings: "object",
    beyond: "object",
    input: "function",
    output: "function",
    sequence: "function",
  } as const;
  for (const [key, type] of Object.entries(wanted)) {
    const value = task[key as keyof Task];
    if (typeof value !== type || value === null) {
      throw new TypeError(`Cannot use ${file} as a task: task.${key} must be a ${type}, got ${typeof value}`);
    }
  }
  if (!/^[A-Za-z0-9-]{1,64}$/.test(task.name!)) {
    throw new TypeError(
      `Cannot use ${file} as a task: its name must be letters, digits and '-', got ${task.name}`,
    );
  }
  return task as Task;
}
