/** The computer in the trainer's own thread: what is short need not go to another one and back. */

import { builtInTask, forwardMultiplications, modelOf, probeBatch, type TrainingConfig } from "memnet";
import { type Computer, type ComputerSettings, EngineComputer } from "./computer.ts";

/** In a forward pass: engine `wasm` takes some 15 ms then for a micro-batch's gradient. */
const multiplicationsMax = 2 ** 26;

/**
 * Whether a micro-batch is computed before anybody misses an answer to a message. Other engines take a hundred times
 * longer or wait for a device, and how long a user's own task takes nobody knows.
 */
export function isShort(training: TrainingConfig): boolean {
  if (training.engine !== "wasm" || training.task.sha256 !== undefined) return false;
  const task = builtInTask(training.task.name);
  const { times, sequences } = probeBatch(training, task);
  return forwardMultiplications(modelOf(training, task), times, sequences) <= multiplicationsMax;
}

/** @throws what the engine throws where it does not work here */
export async function localComputer(settings: ComputerSettings): Promise<Computer> {
  const abandoned = new Int32Array(1);
  // Between two micro-batches messages are answered.
  const computer = await EngineComputer.create(settings, abandoned, {
    between: () => new Promise(setImmediate),
  });
  return {
    detail: computer.detail,
    probe: () => computer.probe(),
    compute: (question) => computer.compute(question),
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: async () => computer.dispose(),
  };
}
