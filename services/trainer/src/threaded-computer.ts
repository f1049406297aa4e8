/** The computer as a worker thread seen from the trainer's own. */

import { startThread, threadUrl, withTransfer } from "@memnet/service";
import type { Computer, ComputerSettings } from "./computer.ts";
import type { ComputerThread } from "./computer-thread.ts";

/** @throws what the engine throws where it does not work here */
export async function threadedComputer(settings: ComputerSettings): Promise<Computer> {
  const url = threadUrl(import.meta.url, "./computer-thread");
  const abandoned = new Int32Array(new SharedArrayBuffer(4));
  const thread = await startThread<ComputerThread>(url, { settings, abandoned });
  return {
    detail: await thread.api.detail(),
    probe: () => thread.api.probe(),
    compute: (question) => {
      const { parameters } = question;
      return thread.api.compute(withTransfer(question, parameters ? [parameters.buffer as ArrayBuffer] : []));
    },
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: () => thread.stop(),
  };
}
