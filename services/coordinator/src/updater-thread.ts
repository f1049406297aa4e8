/** The updater's worker thread; it starts from a checkpoint file. */

import { workerData } from "node:worker_threads";
import { serveThread, withTransfer } from "@memnet/service/thread";
import { createStepper, decodeCheckpoint } from "memnet";
import { LearnerUpdater, type Part } from "./updater.ts";

const updater = new LearnerUpdater(await createStepper(decodeCheckpoint(workerData as Uint8Array)));

const api = {
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
