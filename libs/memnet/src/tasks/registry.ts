/** The built-in tasks, and a user's own task from a module. */

import { unknownName } from "../unknown-name.ts";
import { associativeRecall } from "./associative-recall.ts";
import { TaskError, taskFrom } from "./check.ts";
import { copy } from "./copy.ts";
import { nGram } from "./n-gram.ts";
import { prioritySort } from "./priority-sort.ts";
import { repeatCopy } from "./repeat-copy.ts";
import type { Task } from "./task.ts";

/** The tasks of the NTM paper, Graves, Wayne & Danihelka 2014, sections 4.1 to 4.5: docs/model.md §11. */
export const builtInTasks: readonly Task[] = [copy, repeatCopy, associativeRecall, nGram, prioritySort];

/** @throws RangeError if there is no built-in task of that name */
export function builtInTask(name: string): Task {
  const task = builtInTasks.find((one) => one.name === name);
  if (!task) {
    const known = builtInTasks.map((one) => one.name);
    const rule = `it must be one of ${known.join(", ")}, or a file (./mine.ts)`;
    throw new RangeError(unknownName(`task ${JSON.stringify(name)}`, name, known, rule));
  }
  return task;
}

/**
 * The task that a module exports as `task`.
 *
 * @param file for the message
 * @throws TaskError naming the part that is missing
 */
export function taskOf(module: Readonly<Record<string, unknown>>, file: string): Task {
  if (typeof module.task !== "object" || module.task === null) {
    throw new TaskError(`Cannot use ${file} as a task: it must export \`task\``);
  }
  return taskFrom(module.task, `${file} as a task`);
}
