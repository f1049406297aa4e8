/**
 * Remembers the results of recent steps so that a second result of a node, however late, can be compared with the
 * first: two correct results of one node are equal bit for bit.
 */

import type { Result } from "./events.ts";
import { nodeKey } from "./partition.ts";
import type { Asked } from "./step-work.ts";

/** The part of a result that is remembered; excludes the gradient. */
interface Said {
  readonly trainer: string;
  readonly machine: string;
  readonly hash: string;
  readonly finite: boolean;
}

interface StepSaid {
  readonly parametersHash: string;
  readonly asked: Asked;
  readonly nodes: Map<string, Said>;
  /** The hash of each micro-batch, and the trainer that used it. */
  readonly batches: Map<number, { hash: string; trainer: string }>;
}

export type Comparison =
  | { agrees: "first" | "same" | "unknown-step" | "other-parameters" | "not-asked" }
  /** `inBatch` says whether the batches differ; otherwise the results do. */
  | { agrees: "differs"; inBatch: boolean; why: string };

export class History {
  private readonly steps = new Map<number, StepSaid>();
  private readonly stepsMax: number;

  /** @param stepsMax number of steps to remember: enough for the last two snapshots */
  constructor(stepsMax: number) {
    this.stepsMax = stepsMax;
  }

  /**
   * Begins a step with these parameters, and forgets steps beyond the limit.
   *
   * @param asked the trainers that are given each node, which grows
   */
  begin(step: number, parametersHash: string, asked: Asked): void {
    this.steps.set(step, { parametersHash, asked, nodes: new Map(), batches: new Map() });
    for (const known of this.steps.keys()) {
      if (known > step - this.stepsMax) break;
      this.steps.delete(known);
    }
  }

  /** Compares a result with earlier ones, and remembers it if it is the first for its node. */
  compare(result: Result): Comparison {
    const said = this.steps.get(result.step);
    if (!said) return { agrees: "unknown-step" };
    if (said.parametersHash !== result.parametersHash) return { agrees: "other-parameters" };
    if (!said.asked.get(nodeKey(result.node))?.has(result.trainer)) return { agrees: "not-asked" };
    const batches = this.compareBatches(said, result);
    if (batches) return { agrees: "differs", inBatch: true, why: batches };
    const key = nodeKey(result.node);
    const finite = result.nonFinite.length === 0;
    const before = said.nodes.get(key);
    if (!before) {
      said.nodes.set(key, { trainer: result.trainer, machine: result.machine, hash: result.hash, finite });
      return { agrees: "first" };
    }
    // NaN has many bit patterns, so two non-finite results count as equal.
    if (before.finite === finite && (!finite || before.hash === result.hash)) return { agrees: "same" };
    return {
      agrees: "differs",
      inBatch: false,
      why:
        `step ${result.step}, node ${key}: trainer ${before.trainer} on ${before.machine} gave ${shown(before)}, ` +
        `trainer ${result.trainer} on ${result.machine} gave ${shown({ hash: result.hash, finite })}`,
    };
  }

  private compareBatches(said: StepSaid, { node, batchHashes, trainer, step }: Result): string | undefined {
    for (const [index, hash] of batchHashes.entries()) {
      const leaf = node.lo + index;
      const before = said.batches.get(leaf);
      if (!before) said.batches.set(leaf, { hash, trainer });
      else if (before.hash !== hash) {
        return (
          `step ${step}, micro-batch ${leaf}: trainer ${before.trainer} used batch ${before.hash.slice(0, 12)}, ` +
          `trainer ${trainer} used ${hash.slice(0, 12)}`
        );
      }
    }
    return undefined;
  }
}

/** Whether a result names one batch for each micro-batch of its node. */
export function namesItsBatches({ node, batchHashes }: Pick<Result, "node" | "batchHashes">): boolean {
  return batchHashes.length === node.hi - node.lo;
}

function shown({ hash, finite }: Pick<Said, "hash" | "finite">): string {
  return finite ? hash.slice(0, 12) : "a result that is not finite";
}
