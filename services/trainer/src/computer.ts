/** Computes tree nodes with the engine, in any thread. */

import { hashOf } from "@memnet/protocol";
import { loadTask } from "@memnet/service/task-file";
import {
  type Adder,
  type Batch,
  batchBytes,
  bytesOf,
  createAdder,
  createEngine,
  createStepper,
  differingSequences,
  type Engine,
  fingerprint,
  type Learner,
  makeMicroBatch,
  microBatchCount,
  modelOf,
  type NodeSum,
  parameterCount,
  probeBatch,
  type Stepper,
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
   * Whether this is the run's only trainer, in its coordinator's process. No other trainer's results are compared with
   * its own then, so it skips the hashes for that.
   */
  readonly alone?: boolean;
}

type Hash = (...parts: readonly Uint8Array[]) => string;

type CopyOf = (gradient: Float32Array, node: TreeNode) => Float32Array;

/** Replaces a hash that is never compared. */
const uncompared: Hash = () => "uncompared";

export interface NodeQuestion {
  /** The training step, counting from 1. */
  readonly step: number;
  readonly node: TreeNode;
  /** Null means the computer's own: those of the previous question, as it has updated them since. */
  readonly parameters: Float32Array | null;
  /** The run before this step, instead of `parameters`: until parameters come, the computer takes the steps itself. */
  readonly learner?: Learner;
  /** One for each micro-batch of the node; null if it has to be made here. */
  readonly batches: readonly (Batch | null)[];
  /** The computer gives up a question whose number is below the abandoned limit. */
  readonly number: number;
}

export interface NodeAnswer {
  readonly gradient: Float32Array;
  /** Hash of the gradient. */
  readonly hash: string;
  readonly loss: number;
  /** Micro-batches whose loss or gradient is not finite. */
  readonly nonFinite: readonly number[];
  /** Hash of each micro-batch. */
  readonly batchHashes: readonly string[];
  readonly computeMs: number;
  /** Hash of the next step's parameters; null if the step was not taken here. */
  readonly next: string | null;
}

export interface Probe {
  readonly fingerprint: string;
  /** Hash of the probe's batch. */
  readonly batch: string;
}

/** Computes nodes, one question at a time. */
export interface Computer {
  /** A human-readable description of the device that the engine computes on; null if it has none. */
  readonly detail: string | null;
  /**
   * Computes the probe.
   *
   * @throws TaskError if the probe's batch differs from the previous one
   */
  probe(): Promise<Probe>;
  /** Computes a node; null if the question was abandoned meanwhile. */
  compute(question: NodeQuestion): Promise<NodeAnswer | null>;
  /** Gives up questions below this number at their next micro-batch. */
  abandonBelow(number: number): void;
  stop(): Promise<void>;
}

/** What a computer needs beside its engine. */
export interface Surroundings {
  /** [1]: questions below this number are abandoned; shared between threads. */
  readonly abandoned?: Int32Array;
  /** [1]: odd while the task makes a batch; shared between threads. */
  readonly making?: Int32Array;
  /** Awaited before each micro-batch. */
  readonly between?: () => Promise<void>;
  /** Copies a node's gradient for its receiver. */
  readonly copyOf?: CopyOf;
  readonly hash?: Hash;
  readonly createStepper?: (learner: Learner) => Promise<Stepper>;
}

/** Computes nodes in the calling thread. */
export class EngineComputer implements Computer {
  private readonly training: TrainingConfig;
  private readonly task: Task;
  private readonly engine: Engine;
  private readonly adder: Adder;
  private readonly pipeline: Pipeline;
  private readonly around: Required<Surroundings>;
  private parameters: Float32Array = new Float32Array(0);
  private stepper: Stepper | undefined;
  /** Hash of the first probe's batch. */
  private probed: string | undefined;

  /** @throws the engine's error if the engine does not work here */
  static async create(settings: ComputerSettings, around: Surroundings): Promise<EngineComputer> {
    const { training, taskFile, alone = false } = settings;
    const task = await loadTask(training.task, taskFile, taskSettings(training));
    const model = modelOf(training, task);
    const engine = await createEngine(training.engine, model);
    const adder = await createAdder(parameterCount(model), microBatchCount(training));
    // A user's own task may make other sequences in a data-env than here, so its hashes are still compared.
    const hash = alone && training.task.sha256 === undefined ? uncompared : hashOf;
    return new EngineComputer(training, task, engine, adder, { ...around, hash });
  }

  constructor(training: TrainingConfig, task: Task, engine: Engine, adder: Adder, around: Surroundings = {}) {
    this.training = training;
    this.task = task;
    this.engine = engine;
    this.adder = adder;
    this.pipeline = new Pipeline(engine);
    this.around = {
      abandoned: new Int32Array(1),
      making: new Int32Array(1),
      between: async () => {},
      copyOf: (gradient) => gradient.slice(),
      hash: hashOf,
      createStepper,
      ...around,
    };
  }

  get detail(): string | null {
    return this.engine.detail ?? null;
  }

  async probe(): Promise<Probe> {
    const made = this.counted(() => probeBatch(this.training, this.task));
    const batch = hashOf(...batchBytes(made));
    this.probed ??= batch;
    if (batch !== this.probed) {
      throw new TaskError(`Cannot use task ${this.task.name}: ${differingSequences("it")}`);
    }
    return { fingerprint: await fingerprint(this.engine, this.training, made), batch };
  }

  async compute(question: NodeQuestion): Promise<NodeAnswer | null> {
    const begun = performance.now();
    await this.begin(question);
    const { node, step, number } = question;
    const { abandoned, between, copyOf, hash } = this.around;
    const batchHashes: string[] = [];
    const batchOf = (leaf: number) => {
      const batch =
        question.batches[leaf - node.lo] ??
        this.counted(() => makeMicroBatch(this.task, this.training, step, leaf));
      batchHashes.push(hash(...batchBytes(batch)));
      return batch;
    };
    const nonFinite: number[] = [];
    const adding = sumNode(this.adder, node, {
      compute: async (leaf, into) => {
        await between();
        if (Atomics.load(abandoned, 0) > number) return null;
        const next = leaf + 1 < node.hi ? leaf + 1 : null;
        return this.pipeline.gradient(this.parameters, leaf, next, batchOf, into);
      },
      notFinite: (leaf) => nonFinite.push(leaf),
    });
    // Drain even after an early end, so that no gradient of this node is taken for one of a later node.
    const sum = await adding.finally(() => this.pipeline.drain());
    if (!sum) return null;
    const { loss } = sum;
    // Copy the gradient: the next sum overwrites this one.
    const gradient = copyOf(sum.gradient, node);
    const computeMs = performance.now() - begun;
    const next = nonFinite.length === 0 ? this.take(step, node, sum) : null;
    return { gradient, hash: hash(bytesOf(gradient)), loss, nonFinite, batchHashes, computeMs, next };
  }

  private async begin({ parameters, learner }: NodeQuestion): Promise<void> {
    if (!parameters && !learner) return;
    this.stepper = learner && (await this.around.createStepper(learner));
    this.parameters = this.stepper?.learner.parameters ?? parameters!;
  }

  /** Takes a step that its whole sum is known of, if there is a learner for it; returns the new parameters' hash. */
  private take(step: number, node: TreeNode, sum: NodeSum): string | null {
    const isWhole = node.lo === 0 && node.hi === microBatchCount(this.training);
    if (!isWhole || this.stepper?.learner.step !== step - 1) return null;
    this.stepper.take(sum);
    return hashOf(bytesOf(this.parameters));
  }

  abandonBelow(number: number): void {
    Atomics.store(this.around.abandoned, 0, number);
  }

  async stop(): Promise<void> {
    this.engine.dispose();
  }

  private counted(make: () => Batch): Batch {
    Atomics.add(this.around.making, 0, 1);
    try {
      return make();
    } finally {
      Atomics.add(this.around.making, 0, 1);
    }
  }
}
