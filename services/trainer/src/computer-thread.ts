/** The computer's worker thread. */

import { workerData } from "node:worker_threads";
import { serveThread, withTransfer } from "@memnet/service/thread";
import { type ComputerSettings, EngineComputer, type NodeQuestion } from "./computer.ts";

const { settings, abandoned, making } = workerData as {
  settings: ComputerSettings;
  abandoned: Int32Array;
  making: Int32Array;
};
const computer = await EngineComputer.create(settings, abandoned, { making });

const api = {
  detail: async () => computer.detail,
  probe: () => computer.probe(),
  async compute(question: NodeQuestion) {
    const answer = await computer.compute(question);
    return answer && withTransfer(answer, [answer.gradient.buffer as ArrayBuffer]);
  },
};
export type ComputerThread = typeof api;

serveThread(api);
