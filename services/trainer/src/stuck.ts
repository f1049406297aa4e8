/** Work in a thread with a user's task, which may never return in the middle of a run, or end the thread. */

import { endedTask, lateTask, ThreadExitError } from "@memnet/service";

/** How often the thread is looked at; short against the deadline. */
const lookMs = 500;

export interface Making {
  /** Where the thread counts: odd while its task makes a batch. */
  readonly count: Int32Array;
  /** For messages. */
  readonly task: string;
  readonly deadlineMs: number;
}

/** @throws TaskError where the task takes longer than its deadline for one batch, or ends the thread meanwhile */
export async function unlessStuck<T>(work: Promise<T>, { count, task, deadlineMs }: Making): Promise<T> {
  const what = `task ${task}: making its sequences`;
  let seen = Atomics.load(count, 0);
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Counts looks and reads no clock: a process that slept has not waited.
    timer = setInterval(() => {
      const now = Atomics.load(count, 0);
      looks = now === seen && isMaking(now) ? looks + 1 : 0;
      seen = now;
      if (looks * lookMs >= deadlineMs) reject(lateTask(what, deadlineMs));
    }, lookMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof ThreadExitError && isMaking(Atomics.load(count, 0))
      ? endedTask(what, error)
      : error;
  } finally {
    clearInterval(timer);
  }
}

function isMaking(count: number): boolean {
  return count % 2 === 1;
}
