/** The engine at work on tree nodes: the long work of a trainer, done in a worker thread. */

import { hashOf } from "@memnet/protocol";
import { loadTask } from "@memnet/service/task-file";
import {
  type Batch,
  bytesOf,
  combine,
  createEngine,
  type Engine,
  fingerprint,
  isFiniteSum,
  makeBatch,
  modelOf,
  type NodeSum,
  streams,
  type Task,
  type TrainingConfig,
  type TreeNode,
  taskSettings,
} from "memnet";

export interface ComputerSettings {
  readonly training: TrainingConfig;
  readonly taskFile: string | null;
}

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
  readonly loss: number;
  /** Micro-batches whose loss or gradient is not finite. */
  readonly nonFinite: readonly number[];
  /** Hash of each micro-batch. */
  readonly batches: readonly string[];
  readonly computeMs: number;
}

/** One question at a time. */
export interface Computer {
  /** The probe's hash. */
  probe(): Promise<string>;
  /** Null where the question was abandoned meanwhile. */
  compute(question: NodeQuestion): Promise<NodeAnswer | null>;
  /** Gives up questions below this number at their next micro-batch. */
  abandonBelow(number: number): void;
  stop(): Promise<void>;
}

/** The work itself, in whichever thread. */
export class EngineComputer {
  private readonly engine: Engine;
  private readonly task: Task;
  private readonly training: TrainingConfig;
  /** [1]: questions below this number are abandoned; shared between threads. */
  private readonly abandoned: Int32Array;
  private parameters: Float32Array = new Float32Array(0);
  /** For the gradients of all micro-batches of a node but the first, whose own becomes the sum and leaves. */
  private readonly spare: Float32Array[] = [];

  static async create(
    { training, taskFile }: ComputerSettings,
    abandoned: Int32Array,
  ): Promise<EngineComputer> {
    const task = await loadTask(training.task, taskFile);
    return new EngineComputer(
      training,
      task,
      await createEngine(training.engine, modelOf(training, task)),
      abandoned,
    );
  }

  constructor(training: TrainingConfig, task: Task, engine: Engine, abandoned: Int32Array) {
    this.training = training;
    this.task = task;
    this.engine = engine;
    this.abandoned = abandoned;
  }

  probe(): Promise<string> {
    return fingerprint(this.engine, this.training, this.task);
  }

  async compute(question: NodeQuestion): Promise<NodeAnswer | null> {
    const begun = performance.now();
    if (question.parameters) this.parameters = question.parameters;
    const { lo } = question.node;
    const sums: NodeSum[] = [];
    const hashes: string[] = [];
    const nonFinite: number[] = [];
    for (const [index, given] of question.batches.entries()) {
      if (Atomics.load(this.abandoned, 0) > question.number) return null;
      const leaf = lo + index;
      const batch = given ?? this.make(question.step, leaf);
      hashes.push(batchHash(batch));
      const gradient = this.place(index);
      const sum = { gradient, loss: await this.engine.gradient(this.parameters, batch, gradient) };
      if (!isFiniteSum(sum)) nonFinite.push(leaf);
      sums.push(sum);
    }
    const sum = combine(question.node, (node) => (node.hi - node.lo === 1 ? sums[node.lo - lo] : undefined));
    return { ...sum, nonFinite, batches: hashes, computeMs: performance.now() - begun };
  }

  private place(index: number): Float32Array {
    const { length } = this.parameters;
    if (index === 0) return new Float32Array(length);
    this.spare[index] ??= new Float32Array(length);
    return this.spare[index];
  }

  /** Training step n takes data step n − 1. */
  private make(step: number, leaf: number): Batch {
    const { training } = this;
    return makeBatch(this.task, taskSettings(training), {
      seed: training.seed,
      stream: streams.training,
      step: step - 1,
      from: leaf * training.microBatch,
      sequences: training.microBatch,
    });
  }
}

export function batchHash({ x, y, mask }: Batch): string {
  return hashOf(bytesOf(x), bytesOf(y), bytesOf(mask));
}
