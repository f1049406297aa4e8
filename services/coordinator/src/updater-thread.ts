/** The updater's worker thread. */

import { serveThread, withTransfer } from "@memnet/service/thread";
import { createStepper, decodeCheckpoint } from "memnet";
import { LearnerUpdater, type Part } from "./updater.ts";

let updater: LearnerUpdater;

const api = {
  /** Must be called first, and only once. */
  async begin(checkpoint: Uint8Array) {
    updater = new LearnerUpdater(await createStepper(decodeCheckpoint(checkpoint)));
  },
  take(parts: readonly Part[]) {
    const taken = updater.take(parts);
    return withTransfer(taken, [taken.parameters.buffer as ArrayBuffer]);
  },
  checkpoint() {
    const file = updater.checkpoint();
    return withTransfer(file, [file.buffer as ArrayBuffer]);
  },
};
export type UpdaterThread = typeof api;

serveThread(api);
