/** Tries a user's task in a thread: one that never returns, or ends its process, is noticed there and harms nobody. */

import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { canonicalJson, settingsText, TaskError, type TaskSettings, trialSizes } from "memnet";
import type { TaskThread } from "./task-thread.ts";
import { startThread, ThreadExitError, threadUrl } from "./thread.ts";

/**
 * How long a task may take to load, and then to make sixteen sequences of one size. Those of the presets take less than a
 * millisecond, and a task that takes seconds could not be trained on; a machine that is busy starting services is slow.
 */
export const taskDeadlineMs = 10_000;

export interface TrialOptions {
  /** Those of the run; without them, the task's own. */
  readonly settings?: TaskSettings | undefined;
  readonly deadlineMs?: number;
}

/**
 * Once in a process for a file and its settings: threads that are started later know of it.
 *
 * @throws TaskError where the task does not keep to the rules, and what loading the file throws
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

/** @param what for the message: `task parity: making its sequences` */
export function lateTask(what: string, deadlineMs: number): TaskError {
  return new TaskError(`Cannot use ${what} must take at most ${deadlineMs / 1000} s, and has not ended`);
}

/** @param what as `lateTask` */
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
