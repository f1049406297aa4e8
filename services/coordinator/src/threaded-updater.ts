/** The updater as a worker thread seen from the coordinator's own. */

import { startThread, withTransfer } from "@memnet/service";
import { encodeCheckpoint, type Learner } from "memnet";
import type { Part, Updater } from "./updater.ts";
import type { UpdaterThread } from "./updater-thread.ts";

export async function threadedUpdater(learner: Learner): Promise<Updater> {
  const url = new URL(
    import.meta.url.endsWith(".ts") ? "./updater-thread.ts" : "./updater-thread.js",
    import.meta.url,
  );
  const thread = await startThread<UpdaterThread>(url);
  await thread.api.begin(encodeCheckpoint(learner));
  return {
    take: (parts) => thread.api.take(withTransfer(parts, buffersOf(parts))),
    checkpoint: () => thread.api.checkpoint(),
    stop: () => thread.stop(),
  };
}

function buffersOf(parts: readonly Part[]): ArrayBuffer[] {
  return parts.map(({ sum }) => sum.gradient.buffer as ArrayBuffer);
}
