/**
 * Tries a user's task in a thread, where a task that never returns, or that ends its process, is detected without harm.
 */

import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { canonicalJson, settingsText, TaskError, type TaskSettings, trialSizes } from "memnet";
import type { TaskThread } from "./task-thread.ts";
import { startThread, ThreadExitError, threadUrl } from "./thread.ts";

/**
 * Deadline for loading a task, and then for making sixteen sequences of one size. The presets' tasks take less than a
 * millisecond, and a task that takes seconds would be too slow to train on. The margin is for a machine slowed down
 * by starting services.
 */
export const taskDeadlineMs = 10_000;

export interface TrialOptions {
  /** The run's settings; the task's own by default. */
  readonly settings?: TaskSettings | undefined;
  readonly deadlineMs?: number;
}

/**
 * Tries a task file, once per process for the same file and settings. Threads started later inherit the result.
 *
 * @throws TaskError if the task breaks the rules, and the errors of loading the file
 */
export async function tryTaskFile(path: string, sha256: string, options: TrialOptions = {}): Promise<void> {
  const { settings, deadlineMs = taskDeadlineMs } = options;
  const nameOf = (given: TaskSettings | undefined) =>
    `tried ${path} ${sha256} ${canonicalJson(given ?? null)}`;
  if (getEnvironmentData(nameOf(settings)) === true) return;
  await using thread = await startThread<TaskThread>(threadUrl(import.meta.url, "./task-thread"));
  const loading = `${path} as a task: loading it`;
  const task = await within(deadlineMs, loading, thread.api.load(path, sha256));
  const given = settings ?? task.settings;
  for (const sizes of trialSizes(task, given)) {
    const making = `task ${task.name}: making its sequences (${settingsText(sizes)})`;
    await within(deadlineMs, making, thread.api.tryTask(sizes));
  }
  for (const name of [nameOf(settings), nameOf(given)]) setEnvironmentData(name, true);
}

/** @param what for the message, such as `task parity: making its sequences` */
export function lateTask(what: string, deadlineMs: number): TaskError {
  return new TaskError(`Cannot use ${what} must take at most ${deadlineMs / 1000} s, and has not ended`);
}

/** @param what as for `lateTask` */
export function endedTask(what: string, error: ThreadExitError): TaskError {
  const why = error.cause instanceof Error ? `failed: ${error.cause.message}` : "called process.exit()";
  return new TaskError(`Cannot use ${what} must not end the process, and it ${why}`, { cause: error });
}

async function within<T>(deadlineMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateTask(what, deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof ThreadExitError ? endedTask(what, error) : error;
  } finally {
    clearTimeout(timer);
  }
}
