/** Makers as a data-env has them: for memnet's own tasks in its own thread, for users' in another one. */

import { LazyThread, taskDeadlineMs } from "@memnet/service";
import { localMaker, type Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

/** @param silenceMs how long the thread may be asked for batches and make none; trainers give up after two seconds */
export function mixedMaker(silenceMs = taskDeadlineMs): Maker {
  const here = localMaker();
  // Started with the first question that needs it, and anew after a user's task has ended it.
  const thread = new LazyThread<MakerThread>(import.meta.url, "./maker-thread");
  let waiting = 0;
  let silence: NodeJS.Timeout | undefined;

  /** A task that never returns would let questions pile up behind it. */
  function watch(): void {
    clearTimeout(silence);
    if (waiting > 0) silence = setTimeout(() => void thread.stop(), silenceMs);
  }

  async function there(question: Parameters<Maker["make"]>[0]) {
    const api = await thread.api();
    // Trying a task may take longer than making its batches, and has deadlines of its own.
    await api.load(question);
    if (++waiting === 1) watch();
    try {
      return await api.make(question);
    } finally {
      waiting--;
      watch();
    }
  }

  return {
    make: async (question) => (question.sha256 === null ? here.make(question) : there(question)),
    stop: () => thread.stop(),
  };
}
