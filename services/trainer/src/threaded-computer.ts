/** The computer as a worker thread seen from the trainer's own. */

import { startThread, taskDeadlineMs, threadUrl, withTransfer } from "@memnet/service";
import type { Computer, ComputerSettings } from "./computer.ts";
import type { ComputerThread } from "./computer-thread.ts";
import { unlessStuck } from "./stuck.ts";

/**
 * @param deadlineMs for one batch of a user's own task
 * @throws what the engine throws where it does not work here
 */
export async function threadedComputer(
  settings: ComputerSettings,
  deadlineMs = taskDeadlineMs,
): Promise<Computer> {
  const url = threadUrl(import.meta.url, "./computer-thread");
  const abandoned = new Int32Array(new SharedArrayBuffer(4));
  const making = new Int32Array(new SharedArrayBuffer(4));
  const thread = await startThread<ComputerThread>(url, { settings, abandoned, making });
  const { name, sha256 } = settings.training.task;
  const watched = <T>(work: Promise<T>) =>
    sha256 === undefined ? work : unlessStuck(work, { count: making, task: name, deadlineMs });
  return {
    detail: await thread.api.detail(),
    probe: () => watched(thread.api.probe()),
    compute: (question) => {
      // A copy, since it moves to the thread, and messages may lie in the same memory.
      const parameters = question.parameters?.slice() ?? null;
      const sent = withTransfer({ ...question, parameters }, parameters ? [parameters.buffer] : []);
      return watched(thread.api.compute(sent));
    },
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: () => thread.stop(),
  };
}
