/** Adds up a step's nodes and takes the step: where the sums are long, in a worker thread. */

import { hashOf } from "@memnet/protocol";
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
  /** Copying the new parameters and hashing them. */
  readonly hash: number;
}

export interface Taken {
  readonly record: StepRecord;
  /** Of the new parameters. */
  readonly hash: string;
  /** The new parameters' bytes; the receiver's own. */
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

  constructor(stepper: Stepper) {
    this.stepper = stepper;
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
    const parameters = bytesOf(learner.parameters).slice();
    const hash = hashOf(parameters);
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
export function localUpdater(stepper: Stepper): Updater {
  const updater = new LearnerUpdater(stepper);
  return {
    take: async (parts) => updater.take(parts),
    checkpoint: async () => updater.checkpoint(),
    stop: async () => {},
  };
}
