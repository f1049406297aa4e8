/** Supervises a thread that runs a user's task, which may hang or end the thread in the middle of a run. */

import { endedTask, lateTask } from "@memnet/service/task-trial";
import { ThreadExitError } from "@memnet/service/thread";

/** How often the thread is checked; short compared with the deadline. */
const lookMs = 500;

export interface Making {
  /** The thread's counter: odd while its task makes a batch. */
  readonly count: Int32Array;
  /** The task's name, for messages. */
  readonly task: string;
  readonly deadlineMs: number;
}

/**
 * Waits for the work.
 *
 * @throws TaskError if the task exceeds its deadline for one batch, or ends the thread while it makes one
 */
export async function unlessStuck<T>(work: Promise<T>, { count, task, deadlineMs }: Making): Promise<T> {
  const what = `task ${task}: making its sequences`;
  let seen = Atomics.load(count, 0);
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Count checks instead of reading a clock, so that time in which this process slept does not count.
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
