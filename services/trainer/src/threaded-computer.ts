/** The computer in a worker thread, as seen from the trainer's main thread. */

import { startThread, taskDeadlineMs, threadUrl, withTransfer } from "@memnet/service";
import type { Computer, ComputerSettings } from "./computer.ts";
import type { ComputerThread } from "./computer-thread.ts";
import { unlessStuck } from "./stuck.ts";

/**
 * Starts the thread.
 *
 * @param deadlineMs for one batch of a user's own task
 * @throws the engine's error if the engine does not work here
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
      // Send a copy: it is transferred to the thread, and several messages may share one buffer.
      const parameters = question.parameters?.slice() ?? null;
      const sent = withTransfer({ ...question, parameters }, parameters ? [parameters.buffer] : []);
      return watched(thread.api.compute(sent));
    },
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: () => thread.stop(),
  };
}
