/** The data-env's maker: built-in tasks in the main thread, users' own tasks in a worker thread. */

import { LazyThread, taskDeadlineMs } from "@memnet/service";
import { localMaker, type Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

/**
 * Creates the maker.
 *
 * @param silenceMs how long requests may wait while the thread makes no batches before it is ended; trainers give up
 *   after two seconds
 */
export function mixedMaker(silenceMs = taskDeadlineMs): Maker {
  const here = localMaker();
  // Starts with the first question that needs it, and again after a user's task has ended it.
  const thread = new LazyThread<MakerThread>(import.meta.url, "./maker-thread");
  let waiting = 0;
  let silence: NodeJS.Timeout | undefined;

  /** Ends a thread that makes no batches for too long: requests would pile up behind a task that never returns. */
  function watch(): void {
    clearTimeout(silence);
    if (waiting > 0) silence = setTimeout(() => void thread.stop(), silenceMs);
  }

  async function there(question: Parameters<Maker["make"]>[0]) {
    const api = await thread.api();
    // Load first: trying a task may take longer than making its batches, and has its own deadlines.
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
