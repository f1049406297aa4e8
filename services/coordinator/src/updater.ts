/** Adds up a step's nodes and takes the step, in a worker thread if the model is large. */

import { hashOf } from "@memnet/protocol";
import { Alternating } from "@memnet/service/alternating";
import { serveModule, startThread, threadUrl, withTransfer } from "@memnet/service/thread";
import {
  bytesOf,
  type Combiner,
  createCombiner,
  createStepper,
  decodeCheckpoint,
  encodeCheckpoint,
  type Learner,
  microBatchCount,
  type NodeSum,
  nodeKey,
  type Stepper,
  type StepRecord,
  type TreeNode,
} from "memnet";

/** Returns a string that identifies the parameters of a step. */
export type ParametersIdentity = (parameters: Uint8Array, step: number) => string;

/** A node and its sums, as received. */
export interface Part {
  readonly node: TreeNode;
  readonly sum: NodeSum;
}

/** How long each part of taking a step took, in seconds. */
export interface UpdaterSeconds {
  readonly add: number;
  /** Dividing, clipping and updating. */
  readonly update: number;
  /** Copying and identifying the new parameters. */
  readonly hash: number;
}

export interface Taken {
  readonly record: StepRecord;
  /** Identifies the new parameters. */
  readonly hash: string;
  /** The new parameters' bytes; valid until the step after the next. */
  readonly parameters: Uint8Array;
  /** The hashes of the gradients of the nodes that were to be checked. */
  readonly sums: readonly string[];
  readonly seconds: UpdaterSeconds;
}

/** Takes steps. Calls are carried out in the order in which they are made. */
export interface Updater {
  /**
   * Adds disjoint parts that fill the root, divides, clips and updates.
   *
   * @param check nodes whose sums are hashed; none by default
   */
  take(parts: readonly Part[], check?: readonly TreeNode[]): Promise<Taken>;
  /** Returns a checkpoint file of the current step. */
  checkpoint(): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** The updater's implementation, for any thread. */
export class LearnerUpdater {
  private readonly stepper: Stepper;
  private readonly combiner: Combiner;
  private readonly identity: ParametersIdentity;
  private readonly copyOf: (bytes: Uint8Array) => Uint8Array;

  /** @param copyOf copies the new parameters for their receiver */
  constructor(
    stepper: Stepper,
    combiner: Combiner,
    identity: ParametersIdentity = (parameters) => hashOf(parameters),
    copyOf = (bytes: Uint8Array) => bytes.slice(),
  ) {
    this.stepper = stepper;
    this.combiner = combiner;
    this.identity = identity;
    this.copyOf = copyOf;
  }

  take(parts: readonly Part[], check: readonly TreeNode[] = []): Taken {
    const { learner } = this.stepper;
    const begun = performance.now();
    const sums = new Map(parts.map(({ node, sum }) => [nodeKey(node), sum]));
    const root = { lo: 0, hi: microBatchCount(learner.training) };
    const known = (node: TreeNode) => sums.get(nodeKey(node));
    const checked = check.map((node) => this.hashOfSum(node, known));
    const sum = this.combiner.combine(root, known, this.stepper.gradient);
    const added = performance.now();
    const record = this.stepper.take(sum);
    const updated = performance.now();
    const parameters = this.copyOf(bytesOf(learner.parameters));
    const hash = this.identity(parameters, learner.step);
    const seconds = {
      add: (added - begun) / 1000,
      update: (updated - added) / 1000,
      hash: (performance.now() - updated) / 1000,
    };
    return { record, hash, parameters, sums: checked, seconds };
  }

  private hashOfSum(node: TreeNode, known: (node: TreeNode) => NodeSum | undefined): string {
    const { gradient } = this.stepper;
    return hashOf(bytesOf(this.combiner.combine(node, known, gradient).gradient));
  }

  checkpoint(): Uint8Array {
    return encodeCheckpoint(this.stepper.learner);
  }
}

/** Returns an updater that runs in the calling thread. */
export function localUpdater(stepper: Stepper, combiner: Combiner, identity?: ParametersIdentity): Updater {
  const copies = new Alternating();
  const updater = new LearnerUpdater(stepper, combiner, identity, (bytes) => copies.copy(bytes));
  return {
    take: async (parts, check) => updater.take(parts, check),
    checkpoint: async () => updater.checkpoint(),
    stop: async () => {},
  };
}

/** Returns what adds up a learner's gradients. */
export function combinerFor({ training, parameters }: Learner): Promise<Combiner> {
  return createCombiner(parameters.length, microBatchCount(training));
}

/** Returns an updater that runs in a worker thread. */
export async function threadedUpdater(learner: Learner): Promise<Updater> {
  const url = threadUrl(import.meta.url, "./updater");
  const thread = await startThread<UpdaterThread>(url, encodeCheckpoint(learner));
  return {
    take(parts, check) {
      // Send copies: they are transferred to the thread, and several messages may share one buffer.
      const own = parts.map(({ node, sum }) => ({ node, sum: { ...sum, gradient: sum.gradient.slice() } }));
      return thread.api.take(
        withTransfer(
          own,
          own.map(({ sum }) => sum.gradient.buffer),
        ),
        check,
      );
    },
    checkpoint: () => thread.api.checkpoint(),
    stop: () => thread.stop(),
  };
}

async function createThread(checkpoint: Uint8Array) {
  const learner = decodeCheckpoint(checkpoint);
  const updater = new LearnerUpdater(await createStepper(learner), await combinerFor(learner));
  return {
    take(parts: readonly Part[], check?: readonly TreeNode[]) {
      const taken = updater.take(parts, check);
      return withTransfer(taken, [taken.parameters.buffer as ArrayBuffer]);
    },
    checkpoint() {
      const file = updater.checkpoint();
      return withTransfer(file, [file.buffer as ArrayBuffer]);
    },
  };
}
type UpdaterThread = Awaited<ReturnType<typeof createThread>>;

serveModule("updater", createThread);
