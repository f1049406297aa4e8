/** The computer in the trainer's main thread: short work is not worth the trip to another thread and back. */

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

/**
 * Multiplications in a forward pass. At this number, the engine `wasm` takes some 15 ms for a micro-batch's gradient.
 */
const multiplicationsMax = 2 ** 26;

/**
 * Whether a micro-batch is computed fast enough not to delay answers to messages. Other engines take a hundred times
 * longer or wait for a device, and the time that a user's own task takes is unknown.
 */
export function isShort(training: TrainingConfig): boolean {
  if (training.engine !== "wasm" || training.task.sha256 !== undefined) return false;
  const task = builtInTask(training.task.name);
  const { times, sequences } = probeBatch(training, task);
  return forwardMultiplications(modelOf(training, task), times, sequences) <= multiplicationsMax;
}

/** How many nodes of a step one trainer computes: a few, plus others as trainers come and go. */
const nodesMax = 64;

/**
 * Copies each node's gradient into a buffer last used two steps before, whose contents the coordinator no longer needs
 * by then. Recomputing a node within one step writes the same bits.
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

/**
 * Creates the computer.
 *
 * @throws the engine's error if the engine does not work here
 */
export async function localComputer(settings: ComputerSettings): Promise<Computer> {
  const abandoned = new Int32Array(1);
  // Answer messages between two micro-batches.
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
