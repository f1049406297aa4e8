/** The maker's worker thread. */

import { serveThread, withTransfer } from "@memnet/service/thread";
import { type BatchQuestion, TaskMaker } from "./maker.ts";

const maker = new TaskMaker();

const api = {
  load: (question: BatchQuestion) => maker.load(question),
  async make(question: BatchQuestion) {
    const made = await maker.make(question);
    return withTransfer(made, [made.bytes.buffer as ArrayBuffer]);
  },
};
export type MakerThread = typeof api;

serveThread(api);
