/**
 * The coordinator's own engine, in a thread: it decides between trainers that disagree, audits a trainer that is alone,
 * and computes the probe. Only the engine `wasm` gives the same bits on every machine, so other runs have no arbiter.
 */

import { hashOf } from "@memnet/protocol";
import { LazyThread } from "@memnet/service/lazy-thread";
import { loadTask } from "@memnet/service/task-file";
import { serveModule } from "@memnet/service/thread";
import {
  batchBytes,
  bytesOf,
  createAdder,
  createEngine,
  fingerprint,
  makeMicroBatch,
  microBatchCount,
  modelOf,
  parameterCount,
  probeBatch,
  sumNode,
  type TrainingConfig,
  type TreeNode,
  taskSettings,
} from "memnet";

export interface Question {
  /** The training step, counting from 1. */
  readonly step: number;
  readonly node: TreeNode;
  readonly parameters: Float32Array;
}

export interface Judgement {
  readonly gradient: Float32Array;
  readonly loss: number;
  /** Hash of the gradient. */
  readonly hash: string;
  readonly nonFinite: readonly number[];
  readonly batchHashes: readonly string[];
}

export interface Arbiter {
  /** Computes the probe as trainers do. */
  probe(): Promise<{ fingerprint: string; batch: string }>;
  judge(question: Question): Promise<Judgement>;
  stop(): Promise<void>;
}

export interface ArbiterSettings {
  readonly training: TrainingConfig;
  readonly taskFile: string | null;
}

/** Whether a run's trainers can be judged here. */
export function hasArbiter({ engine }: TrainingConfig): boolean {
  return engine === "wasm";
}

/** Returns an arbiter in a thread, which starts at the first question. */
export function threadedArbiter(settings: ArbiterSettings): Arbiter {
  const thread = new LazyThread<ArbiterThread>(import.meta.url, "./arbiter");
  return {
    probe: async () => (await thread.api()).probe(settings),
    judge: async (question) => (await thread.api()).judge(settings, question),
    stop: () => thread.stop(),
  };
}

function createThread() {
  let known: ReturnType<typeof equip> | undefined;
  return {
    async probe(settings: ArbiterSettings) {
      known ??= equip(settings);
      const { engine, task } = await known;
      const batch = probeBatch(settings.training, task);
      return {
        fingerprint: await fingerprint(engine, settings.training, batch),
        batch: hashOf(...batchBytes(batch)),
      };
    },
    async judge(settings: ArbiterSettings, { step, node, parameters }: Question): Promise<Judgement> {
      known ??= equip(settings);
      const { engine, task, adder } = await known;
      const { training } = settings;
      const batchHashes: string[] = [];
      const nonFinite: number[] = [];
      const sum = await sumNode(adder, node, {
        compute: (leaf, into) => {
          const batch = makeMicroBatch(task, training, step, leaf);
          batchHashes.push(hashOf(...batchBytes(batch)));
          return engine.gradient(parameters, batch, into);
        },
        notFinite: (leaf) => nonFinite.push(leaf),
      });
      const gradient = sum!.gradient.slice();
      return { gradient, loss: sum!.loss, hash: hashOf(bytesOf(gradient)), nonFinite, batchHashes };
    },
  };
}
type ArbiterThread = ReturnType<typeof createThread>;

async function equip({ training, taskFile }: ArbiterSettings) {
  const task = await loadTask(training.task, taskFile, taskSettings(training));
  const model = modelOf(training, task);
  const engine = await createEngine(training.engine, model);
  const adder = await createAdder(parameterCount(model), microBatchCount(training));
  return { task, engine, adder };
}

serveModule("arbiter", createThread);
