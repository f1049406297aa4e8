/** The updater in a worker thread, as seen from the coordinator's main thread. */

import { startThread, threadUrl, withTransfer } from "@memnet/service";
import { encodeCheckpoint, type Learner } from "memnet";
import type { Part, Updater } from "./updater.ts";
import type { UpdaterThread } from "./updater-thread.ts";

export async function threadedUpdater(learner: Learner): Promise<Updater> {
  const url = threadUrl(import.meta.url, "./updater-thread");
  const thread = await startThread<UpdaterThread>(url);
  await thread.api.begin(encodeCheckpoint(learner));
  return {
    take(parts) {
      // Send copies: they are transferred to the thread, and several messages may share one buffer.
      const own = parts.map(({ node, sum }) => ({ node, sum: { ...sum, gradient: sum.gradient.slice() } }));
      return thread.api.take(withTransfer(own, buffersOf(own)));
    },
    checkpoint: () => thread.api.checkpoint(),
    stop: () => thread.stop(),
  };
}

function buffersOf(parts: readonly Part[]): ArrayBuffer[] {
  return parts.map(({ sum }) => sum.gradient.buffer as ArrayBuffer);
}
