/**
 * Tries a user's task in a thread, where a task that never returns, or that ends its process, is detected without harm.
 */

import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { canonicalJson, settingsText, TaskError, type TaskSettings, trialSizes } from "memnet";
import type { Loaded, TaskThread } from "./task-thread.ts";
import { type Remote, startThread, ThreadExitError, threadUrl } from "./thread.ts";

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

/** What a file and its imports are written in, as far as it matters for loading them. */
export type Language = "javascript" | "typescript";

/**
 * Tries a task file, once per process for the same file and settings. Threads started later inherit the result.
 *
 * @returns the language to load it as
 * @throws TaskError if the task breaks the rules, and the errors of loading the file
 */
export async function tryTaskFile(
  path: string,
  sha256: string,
  options: TrialOptions = {},
): Promise<Language> {
  const { settings, deadlineMs = taskDeadlineMs } = options;
  const nameOf = (given: TaskSettings | undefined) =>
    `tried ${path} ${sha256} ${canonicalJson(given ?? null)}`;
  const tried = getEnvironmentData(nameOf(settings));
  if (tried !== undefined) return tried as Language;
  const { thread: started, task, language } = await loaded(path, sha256, deadlineMs);
  await using thread = started;
  const given = settings ?? task.settings;
  for (const sizes of trialSizes(task, given)) {
    const making = `task ${task.name}: making its sequences (${settingsText(sizes)})`;
    await within(deadlineMs, making, thread.api.tryTask(sizes));
  }
  for (const name of [nameOf(settings), nameOf(given)]) setEnvironmentData(name, language);
  return language;
}

/**
 * Loads a file in a thread. A loader for TypeScript triples the time that a thread takes to start, so JavaScript is loaded
 * without one first. It may import TypeScript, but a thread cannot import a file again that failed to load.
 */
async function loaded(
  path: string,
  sha256: string,
  deadlineMs: number,
  language: Language = /\.[cm]?js$/.test(path) ? "javascript" : "typescript",
): Promise<{ readonly thread: Remote<TaskThread>; readonly task: Loaded; readonly language: Language }> {
  const thread = await startThread<TaskThread>(threadUrl(import.meta.url, "./task-thread"));
  try {
    const loading = thread.api.load(path, sha256, language);
    return { thread, task: await within(deadlineMs, `${path} as a task: loading it`, loading), language };
  } catch (error) {
    await thread.stop();
    if (language === "typescript" || !(error instanceof RangeError)) throw error;
    return loaded(path, sha256, deadlineMs, "typescript");
  }
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
