/** The computer in the trainer's own thread: what is short need not go to another one and back. */

import { Alternating } from "@memnet/service";
import {
  builtInTask,
  bytesOf,
  forwardMultiplications,
  modelOf,
  probeBatch,
  type TrainingConfig,
  type TreeNode,
} from "memnet";
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

/** Nodes of a step that one trainer computes: a few, and others as trainers come and go. */
const nodesMax = 64;

/**
 * Copies a node's gradient over its gradient of two steps before, which its coordinator has used up by then. The same
 * node's of one step has the same bits, however often it is computed.
 */
function copies() {
  const byNode = new Map<string, Alternating>();
  return (gradient: Float32Array, { lo, hi }: TreeNode): Float32Array => {
    const key = `${lo}-${hi}`;
    let copying = byNode.get(key);
    if (!copying) {
      if (byNode.size >= nodesMax) byNode.clear();
      copying = new Alternating();
      byNode.set(key, copying);
    }
    return new Float32Array(copying.copy(bytesOf(gradient)).buffer);
  };
}

/** @throws what the engine throws where it does not work here */
export async function localComputer(settings: ComputerSettings): Promise<Computer> {
  const abandoned = new Int32Array(1);
  // Between two micro-batches messages are answered.
  const computer = await EngineComputer.create(settings, abandoned, {
    between: () => new Promise(setImmediate),
    copyOf: copies(),
  });
  return {
    detail: computer.detail,
    probe: () => computer.probe(),
    compute: (question) => computer.compute(question),
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: async () => computer.dispose(),
  };
}
