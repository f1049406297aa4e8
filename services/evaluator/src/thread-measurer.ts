/** Measures in a worker thread, which starts with the first job and again after it was stopped. */

import { LazyThread } from "@memnet/service";
import type { MeasureApi } from "./measure-thread.ts";
import type { Measurer } from "./measurer.ts";

export function threadMeasurer(): Measurer {
  const thread = new LazyThread<MeasureApi>(import.meta.url, "./measure-thread");
  return {
    async measure(job, signal) {
      signal.throwIfAborted();
      // A batch of a large model takes seconds, so stop the thread in the middle of it instead of waiting.
      const end = () => void thread.stop();
      signal.addEventListener("abort", end, { once: true });
      try {
        const api = await thread.api();
        return await api.measure(job);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", end);
      }
    },
    close: () => thread.stop(),
  };
}
