/** Measures in a thread, which is started for the first job and again after it was ended. */

import { type Remote, startThread } from "@memnet/service";
import type { MeasureApi } from "./measure-thread.ts";
import type { Measurer } from "./measurer.ts";

export function threadMeasurer(): Measurer {
  let thread: Promise<Remote<MeasureApi>> | undefined;

  function running(): Promise<Remote<MeasureApi>> {
    if (thread) return thread;
    const file = import.meta.url.endsWith(".ts") ? "./measure-thread.ts" : "./measure-thread.js";
    const started = startThread<MeasureApi>(new URL(file, import.meta.url)).then((remote) => {
      remote.onExit(() => forget());
      return remote;
    });
    const forget = () => {
      if (thread === started) thread = undefined;
    };
    started.catch(forget);
    thread = started;
    return started;
  }

  async function stop(): Promise<void> {
    const ending = thread;
    thread = undefined;
    await ending?.then((remote) => remote.stop()).catch(() => {});
  }

  return {
    async measure(job, signal) {
      signal.throwIfAborted();
      // A batch of a large model takes seconds: the thread is ended in the middle of it rather than waited for.
      const end = () => void stop();
      signal.addEventListener("abort", end, { once: true });
      try {
        const { api } = await running();
        return await api.measure(job);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", end);
      }
    },
    close: stop,
  };
}
