/** Adds up a step's nodes and takes the step: long sums, done in a worker thread. */

import { hashOf } from "@memnet/protocol";
import {
  bytesOf,
  combine,
  encodeCheckpoint,
  type Learner,
  microBatchCount,
  type NodeSum,
  plainStepper,
  type Stepper,
  type StepRecord,
  type TreeNode,
} from "memnet";
import { nodeKey } from "./core/partition.ts";

/** A node's sums, as they came. */
export interface Part {
  readonly node: TreeNode;
  readonly sum: NodeSum;
}

export interface Taken {
  readonly record: StepRecord;
  /** Of the new parameters. */
  readonly hash: string;
  /** The new parameters' bytes; the receiver's own. */
  readonly parameters: Uint8Array;
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

  constructor(stepper: Stepper) {
    this.stepper = stepper;
  }

  take(parts: readonly Part[]): Taken {
    const { learner } = this.stepper;
    const sums = new Map(parts.map(({ node, sum }) => [nodeKey(node), sum]));
    const root = { lo: 0, hi: microBatchCount(learner.training) };
    const record = this.stepper.take(combine(root, (node) => sums.get(nodeKey(node))));
    const parameters = bytesOf(learner.parameters).slice();
    return { record, hash: hashOf(parameters), parameters };
  }

  checkpoint(): Uint8Array {
    return encodeCheckpoint(this.stepper.learner);
  }
}

/** In this thread, for simulations and small tests. */
export function localUpdater(learner: Learner): Updater {
  const updater = new LearnerUpdater(plainStepper(learner));
  return {
    take: async (parts) => updater.take(parts),
    checkpoint: async () => updater.checkpoint(),
    stop: async () => {},
  };
}
