/** Decides where a computer runs: short work in the trainer's main thread, long work in a worker thread. */

import { Alternating } from "@memnet/service/alternating";
import { taskDeadlineMs } from "@memnet/service/task-trial";
import { serveModule, startThread, threadUrl, withTransfer } from "@memnet/service/thread";
import {
  builtInTask,
  bytesOf,
  forwardMultiplications,
  modelOf,
  probeBatch,
  stagesOf,
  type TrainingConfig,
  type TreeNode,
} from "memnet";
import { type Computer, type ComputerSettings, EngineComputer, type NodeQuestion } from "./computer.ts";
import { unlessStuck } from "./stuck.ts";

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
  const model = modelOf(training, task);
  return stagesOf(training).every((settings) => {
    const { times, sequences } = probeBatch(training, task, settings);
    return forwardMultiplications(model, times, sequences) <= multiplicationsMax;
  });
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
 * Creates a computer in the calling thread, which answers messages between two micro-batches.
 *
 * @throws the engine's error if the engine does not work here
 */
export function localComputer(settings: ComputerSettings): Promise<Computer> {
  return EngineComputer.create(settings, {
    between: () => new Promise(setImmediate),
    copyOf: copies(),
  });
}

/**
 * Creates a computer in a worker thread.
 *
 * @param deadlineMs for one batch of a user's own task
 * @throws the engine's error if the engine does not work here
 */
export async function threadedComputer(
  settings: ComputerSettings,
  deadlineMs = taskDeadlineMs,
): Promise<Computer> {
  const url = threadUrl(import.meta.url, "./placement");
  const abandoned = new Int32Array(new SharedArrayBuffer(4));
  const making = new Int32Array(new SharedArrayBuffer(4));
  const thread = await startThread<ComputerThread>(url, { settings, abandoned, making } satisfies ThreadData);
  const { name, sha256 } = settings.training.task;
  const watched = <T>(work: Promise<T>) =>
    sha256 === undefined ? work : unlessStuck(work, { count: making, task: name, deadlineMs });
  return {
    detail: await thread.api.detail(),
    probe: () => watched(thread.api.probe()),
    compute: (question) => {
      // Send a copy: it is transferred to the thread, and several messages may share one buffer.
      const parameters = question.parameters?.slice() ?? null;
      const sent = withTransfer({ ...question, parameters }, parameters ? [parameters.buffer] : []);
      return watched(thread.api.compute(sent));
    },
    abandonBelow: (number) => void Atomics.store(abandoned, 0, number),
    stop: () => thread.stop(),
  };
}

interface ThreadData {
  readonly settings: ComputerSettings;
  readonly abandoned: Int32Array;
  readonly making: Int32Array;
}

async function createThread({ settings, ...shared }: ThreadData) {
  const computer = await EngineComputer.create(settings, shared);
  return {
    detail: () => computer.detail,
    probe: () => computer.probe(),
    async compute(question: NodeQuestion) {
      const answer = await computer.compute(question);
      return answer && withTransfer(answer, [answer.gradient.buffer as ArrayBuffer]);
    },
  };
}
type ComputerThread = Awaited<ReturnType<typeof createThread>>;

serveModule("placement", createThread);
