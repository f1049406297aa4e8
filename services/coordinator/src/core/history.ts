/**
 * Remembers the results of recent steps so that a second result of a node, however late, can be compared with the
 * first: two correct results of one node are equal bit for bit.
 */

import { nodeKey } from "memnet";
import type { Result } from "./events.ts";
import type { Asked } from "./step-work.ts";

/** The part of a result that is remembered; excludes the gradient. */
export type Said = Omit<Result, "sum" | "parametersHash">;

interface StepSaid {
  readonly parametersHash: string;
  readonly asked: Asked;
  /** What each trainer said of a node. */
  readonly nodes: Map<string, Map<string, Said>>;
  /** The hash of each micro-batch, and the trainer that used it. */
  readonly batches: Map<number, { hash: string; trainer: string }>;
}

export type Comparison =
  | { agrees: "first" | "same" | "unknown-step" | "other-parameters" | "not-asked" }
  /** `inBatch` says whether the batches differ; otherwise the results do. `others` are the trainers that disagree. */
  | { agrees: "differs"; inBatch: boolean; why: string; others: readonly string[] };

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

  /** Compares a result with earlier ones, and remembers it. */
  compare(result: Result): Comparison {
    const said = this.steps.get(result.step);
    if (!said) return { agrees: "unknown-step" };
    if (said.parametersHash !== result.parametersHash) return { agrees: "other-parameters" };
    if (!said.asked.get(nodeKey(result.node))?.has(result.trainer)) return { agrees: "not-asked" };
    const before = this.opinions(result.step, result.node);
    this.note(result);
    const batches = compareBatches(said, result);
    if (batches) return { agrees: "differs", inBatch: true, ...batches };
    if (before.length === 0) return { agrees: "first" };
    const other = before.find((one) => answerOf(one) !== answerOf(result));
    if (!other) return { agrees: "same" };
    const why =
      `step ${result.step}, node ${nodeKey(result.node)}: ` +
      `trainer ${other.trainer} on ${other.machine} gave ${shown(other)}, ` +
      `trainer ${result.trainer} on ${result.machine} gave ${shown(result)}`;
    return { agrees: "differs", inBatch: false, why, others: [other.trainer] };
  }

  /** Remembers a result. Of one trainer's results for a node, the last one counts. */
  note({ sum: _sum, parametersHash: _parameters, ...said }: Result): void {
    const nodes = this.steps.get(said.step)?.nodes;
    if (!nodes) return;
    const key = nodeKey(said.node);
    const known = nodes.get(key) ?? new Map<string, Said>();
    nodes.set(key, known.set(said.trainer, said));
  }

  /** Records that a result is right: later batches are compared with its own. */
  correct({ step, node, batchHashes, trainer }: Said): void {
    const batches = this.steps.get(step)?.batches;
    for (const [index, hash] of batchHashes.entries()) batches?.set(node.lo + index, { hash, trainer });
  }

  /** Returns what trainers said of a node, each trainer's last result. */
  opinions(step: number, node: Said["node"]): Said[] {
    return [...(this.steps.get(step)?.nodes.get(nodeKey(node))?.values() ?? [])];
  }
}

/** Whether a result names one batch, and its maker, for each micro-batch of its node. */
export function namesItsBatches({ node, batchHashes, madeBy }: Said): boolean {
  const leaves = node.hi - node.lo;
  return batchHashes.length === leaves && madeBy.length === leaves;
}

/** Returns text that is equal for equal results. NaN has many bit patterns, so non-finite results count as equal. */
export function answerOf({ hash, nonFinite, batchHashes }: Said): string {
  return `${nonFinite.length === 0 ? hash : "not finite"} ${batchHashes.join()}`;
}

function compareBatches(
  said: StepSaid,
  { node, batchHashes, trainer, step }: Result,
): { why: string; others: string[] } | undefined {
  for (const [index, hash] of batchHashes.entries()) {
    const leaf = node.lo + index;
    const before = said.batches.get(leaf);
    if (!before) said.batches.set(leaf, { hash, trainer });
    else if (before.hash !== hash) {
      const why =
        `step ${step}, micro-batch ${leaf}: trainer ${before.trainer} used batch ${before.hash.slice(0, 12)}, ` +
        `trainer ${trainer} used ${hash.slice(0, 12)}`;
      return { why, others: [before.trainer] };
    }
  }
  return undefined;
}

/** A result's hash is that of its gradient, a colon and its loss. */
function shown({ hash, nonFinite }: Said): string {
  if (nonFinite.length > 0) return "a result that is not finite";
  const [gradient, loss] = hash.split(":");
  return `${gradient!.slice(0, 12)}${loss === undefined ? "" : ` with loss ${loss}`}`;
}
