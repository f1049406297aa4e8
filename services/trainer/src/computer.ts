/** The engine at work on tree nodes: where it takes long, in a worker thread. */

import { hashOf } from "@memnet/protocol";
import { loadTask } from "@memnet/service/task-file";
import {
  type Adder,
  type Batch,
  bytesOf,
  createAdder,
  createEngine,
  differingSequences,
  type Engine,
  fingerprint,
  makeBatch,
  microBatchCount,
  modelOf,
  parameterCount,
  probeBatch,
  streams,
  sumNode,
  type Task,
  TaskError,
  type TrainingConfig,
  type TreeNode,
  taskSettings,
} from "memnet";
import { Pipeline } from "./pipeline.ts";

export interface ComputerSettings {
  readonly training: TrainingConfig;
  readonly taskFile: string | null;
  /**
   * Whether this is the run's only trainer, in its coordinator's process: no result of it is compared with another's, and
   * the hashes for that are left out.
   */
  readonly alone?: boolean;
}

type Hash = (...parts: readonly Uint8Array[]) => string;

type CopyOf = (gradient: Float32Array, node: TreeNode) => Float32Array;

/** In place of a hash that is compared with none. */
const uncompared: Hash = () => "uncompared";

export interface NodeQuestion {
  /** Counts from 1. */
  readonly step: number;
  readonly node: TreeNode;
  /** Null where they are the ones of the question before; the computer keeps them. */
  readonly parameters: Float32Array | null;
  /** One for each micro-batch of the node; null where it has to be made here. */
  readonly batches: readonly (Batch | null)[];
  /** Work on questions of a lower number than the abandoned one is given up. */
  readonly number: number;
}

export interface NodeAnswer {
  readonly gradient: Float32Array;
  /** Of the gradient. */
  readonly hash: string;
  readonly loss: number;
  /** Micro-batches whose loss or gradient is not finite. */
  readonly nonFinite: readonly number[];
  /** Hash of each micro-batch. */
  readonly batches: readonly string[];
  readonly computeMs: number;
}

export interface Probe {
  readonly fingerprint: string;
  /** Hash of the probe's batch. */
  readonly batch: string;
}

/** One question at a time. */
export interface Computer {
  /** On what the engine computes, for people; null where there is nothing to say. */
  readonly detail: string | null;
  /** @throws TaskError where the probe's batch is not that of the time before */
  probe(): Promise<Probe>;
  /** Null where the question was abandoned meanwhile. */
  compute(question: NodeQuestion): Promise<NodeAnswer | null>;
  /** Gives up questions below this number at their next micro-batch. */
  abandonBelow(number: number): void;
  stop(): Promise<void>;
}

/** The work itself, in whichever thread. */
export class EngineComputer {
  private readonly engine: Engine;
  private readonly pipeline: Pipeline;
  private readonly task: Task;
  private readonly training: TrainingConfig;
  /** [1]: questions below this number are abandoned; shared between threads. */
  private readonly abandoned: Int32Array;
  /** [1]: odd while the task makes a batch; shared between threads. */
  private readonly making: Int32Array;
  private readonly between: () => Promise<void>;
  private parameters: Float32Array = new Float32Array(0);
  private readonly adder: Adder;
  private readonly hash: Hash;
  private readonly copyOf: CopyOf;
  /** Hash of the probe's batch, as it was the first time. */
  private probed: string | undefined;

  /**
   * @param between is waited for before each micro-batch
   * @param copyOf  how a node's gradient is copied for its receiver
   * @param making  where it is counted that the task is at work
   */
  static async create(
    { training, taskFile, alone = false }: ComputerSettings,
    abandoned: Int32Array,
    { between, making, copyOf }: { between?: () => Promise<void>; making?: Int32Array; copyOf?: CopyOf } = {},
  ): Promise<EngineComputer> {
    const task = await loadTask(training.task, taskFile, taskSettings(training));
    const model = modelOf(training, task);
    const engine = await createEngine(training.engine, model);
    const adder = await createAdder(parameterCount(model), microBatchCount(training));
    // A user's own task may give a data-env other sequences than it gives here.
    const hash = alone && training.task.sha256 === undefined ? uncompared : hashOf;
    return new EngineComputer(training, task, engine, adder, abandoned, between, making, hash, copyOf);
  }

  constructor(
    training: TrainingConfig,
    task: Task,
    engine: Engine,
    adder: Adder,
    abandoned: Int32Array,
    between: () => Promise<void> = async () => {},
    making: Int32Array = new Int32Array(1),
    hash: Hash = hashOf,
    copyOf: CopyOf = (gradient) => gradient.slice(),
  ) {
    this.training = training;
    this.task = task;
    this.engine = engine;
    this.pipeline = new Pipeline(engine);
    this.adder = adder;
    this.abandoned = abandoned;
    this.between = between;
    this.making = making;
    this.hash = hash;
    this.copyOf = copyOf;
  }

  /** On what the engine computes, for people; null where there is nothing to say. */
  get detail(): string | null {
    return this.engine.detail ?? null;
  }

  /** @throws TaskError where the probe's batch is not that of the time before */
  async probe(): Promise<Probe> {
    const made = this.counted(() => probeBatch(this.training, this.task));
    const batch = batchHash(made);
    this.probed ??= batch;
    if (batch !== this.probed) {
      throw new TaskError(`Cannot use task ${this.task.name}: ${differingSequences("it")}`);
    }
    return { fingerprint: await fingerprint(this.engine, this.training, made), batch };
  }

  async compute(question: NodeQuestion): Promise<NodeAnswer | null> {
    const begun = performance.now();
    if (question.parameters) this.parameters = question.parameters;
    const { node, step, number } = question;
    const hashes: string[] = [];
    const batchOf = (leaf: number) => {
      const batch = question.batches[leaf - node.lo] ?? this.make(step, leaf);
      hashes.push(batchHash(batch, this.hash));
      return batch;
    };
    const nonFinite: number[] = [];
    const adding = sumNode(this.adder, node, {
      compute: async (leaf, into) => {
        await this.between();
        if (Atomics.load(this.abandoned, 0) > number) return null;
        const next = leaf + 1 < node.hi ? leaf + 1 : null;
        return this.pipeline.gradient(this.parameters, leaf, next, batchOf, into);
      },
      notFinite: (leaf) => nonFinite.push(leaf),
    });
    // Whatever ends it early, nothing of this node is left to be taken for a later one's.
    const sum = await adding.finally(() => this.pipeline.drain());
    if (!sum) return null;
    const { loss } = sum;
    // A copy: the sum lies where the next one will.
    const gradient = this.copyOf(sum.gradient, node);
    const hash = this.hash(bytesOf(gradient));
    const computeMs = performance.now() - begun;
    return { gradient, hash, loss, nonFinite, batches: hashes, computeMs };
  }

  dispose(): void {
    this.engine.dispose();
  }

  /** Training step n takes data step n − 1. */
  private make(step: number, leaf: number): Batch {
    const { training } = this;
    const place = {
      seed: training.seed,
      stream: streams.training,
      step: step - 1,
      from: leaf * training.microBatch,
      sequences: training.microBatch,
    };
    return this.counted(() => makeBatch(this.task, taskSettings(training), place));
  }

  private counted(make: () => Batch): Batch {
    Atomics.add(this.making, 0, 1);
    try {
      return make();
    } finally {
      Atomics.add(this.making, 0, 1);
    }
  }
}

export function batchHash({ x, y, mask }: Batch, hash: Hash = hashOf): string {
  return hash(bytesOf(x), bytesOf(y), bytesOf(mask));
}
