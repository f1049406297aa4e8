/** Adds up a step's nodes and takes the step: where the sums are long, in a worker thread. */

import { hashOf } from "@memnet/protocol";
import { Alternating } from "@memnet/service";
import {
  bytesOf,
  combine,
  encodeCheckpoint,
  microBatchCount,
  type NodeSum,
  type Stepper,
  type StepRecord,
  type TreeNode,
} from "memnet";
import { nodeKey } from "./core/partition.ts";

/** What tells the parameters of a step from others. */
export type ParametersIdentity = (parameters: Uint8Array, step: number) => string;

/** A node's sums, as they came. */
export interface Part {
  readonly node: TreeNode;
  readonly sum: NodeSum;
}

/** What taking a step took. */
export interface UpdaterSeconds {
  readonly add: number;
  /** Divide, clip, update. */
  readonly update: number;
  /** Copying the new parameters and identifying them. */
  readonly hash: number;
}

export interface Taken {
  readonly record: StepRecord;
  /** What tells the new parameters from others. */
  readonly hash: string;
  /** The new parameters' bytes, which stay as they are until the step after the next. */
  readonly parameters: Uint8Array;
  readonly seconds: UpdaterSeconds;
}

/** Calls are done in the order in which they are made. */
export interface Updater {
  /** Adds disjoint parts that fill the root, divides, clips, updates. The parts' gradients are used up. */
  take(parts: readonly Part[]): Promise<Taken>;
  /** A checkpoint file of the present step. */
  checkpoint(): Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** The work itself, in whichever thread. */
export class LearnerUpdater {
  private readonly stepper: Stepper;
  private readonly identity: ParametersIdentity;
  private readonly copyOf: (bytes: Uint8Array) => Uint8Array;

  /** @param copyOf how the new parameters are copied for their receiver */
  constructor(
    stepper: Stepper,
    identity: ParametersIdentity = (parameters) => hashOf(parameters),
    copyOf = (bytes: Uint8Array) => bytes.slice(),
  ) {
    this.stepper = stepper;
    this.identity = identity;
    this.copyOf = copyOf;
  }

  take(parts: readonly Part[]): Taken {
    const { learner } = this.stepper;
    const begun = performance.now();
    const sums = new Map(parts.map(({ node, sum }) => [nodeKey(node), sum]));
    const root = { lo: 0, hi: microBatchCount(learner.training) };
    const sum = combine(root, (node) => sums.get(nodeKey(node)));
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
    return { record, hash, parameters, seconds };
  }

  checkpoint(): Uint8Array {
    return encodeCheckpoint(this.stepper.learner);
  }
}

/** In this thread. */
export function localUpdater(stepper: Stepper, identity?: ParametersIdentity): Updater {
  const copies = new Alternating();
  const updater = new LearnerUpdater(stepper, identity, (bytes) => copies.copy(bytes));
  return {
    take: async (parts) => updater.take(parts),
    checkpoint: async () => updater.checkpoint(),
    stop: async () => {},
  };
}
