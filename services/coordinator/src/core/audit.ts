/**
 * The audit of a step: every node is computed again, by another trainer than the one whose result is used, before the
 * step is taken. Trainers cannot foresee it, since it is decided once the results are in.
 */

import type { Exclusion } from "@memnet/protocol";
import { nodeKey } from "memnet";
import type { Result } from "./events.ts";
import { answerOf, type Said } from "./history.ts";
import { StepWork, type Unit } from "./step-work.ts";
import { blame, decide } from "./verdict.ts";

export class Audit {
  /** The nodes that are computed again. It is filled with what is right. */
  readonly work: StepWork;
  /** Results with a lower attempt are not of this audit. */
  readonly attempt: number;
  /** Nodes that the arbiter has been asked to compute. */
  readonly judging = new Set<string>();
  /** The results seen, by node: one of them becomes the step's. */
  private readonly results = new Map<string, Result[]>();
  private readonly wrong = new Map<string, Exclusion>();

  /** @param results the results that fill the step's root */
  constructor(audited: StepWork, results: readonly Result[], leaves: number, now: number) {
    this.attempt = 1 + Math.max(...audited.units.map(({ attempt }) => attempt));
    const nodes = results.map(({ node }) => node);
    this.work = new StepWork(audited.step, leaves, nodes, now, audited.asked);
    for (const [index, result] of results.entries()) {
      const unit = this.work.units[index]!;
      unit.attempt = this.attempt;
      unit.barred.set(result.trainer, result.machine);
      this.results.set(nodeKey(result.node), [result]);
    }
  }

  /** Whether every node is settled. */
  get isOver(): boolean {
    return this.work.tree.isFilled(this.work.tree.root);
  }

  /** Those who turned out to be wrong. */
  get excluded(): Exclusion[] {
    return [...this.wrong.values()];
  }

  /** Whether results for the node differ, or one is not what its trainer says of it. */
  isDisputed({ node }: Unit): boolean {
    const results = this.results.get(nodeKey(node))!;
    return new Set(results.map(answerOf)).size > 1 || results.some(({ implausible }) => implausible);
  }

  /** The trainer whose result is audited. */
  authorOf({ node }: Unit): string {
    return this.results.get(nodeKey(node))![0]!.trainer;
  }

  /**
   * Takes a result. The node is settled once two agree, and more than on anything else; until then it wants another
   * opinion. The arbiter's result settles it at once: the coordinator has to be trusted anyway, since it takes the steps.
   *
   * @param opinions all that was said of the node, this result included
   * @returns        the right result, or undefined if the node is not settled
   */
  take(
    unit: Unit,
    result: Result,
    opinions: readonly Said[],
    { ownOnly, isArbiters }: { readonly ownOnly: boolean; readonly isArbiters: boolean },
  ): Result | undefined {
    const key = nodeKey(unit.node);
    const results = [...this.results.get(key)!, result];
    this.results.set(key, results);
    this.work.drop(unit, result.trainer);
    unit.barred.set(result.trainer, result.machine);
    const best = isArbiters ? result : decide(opinions)?.right;
    const right = best && results.find((one) => answerOf(one) === answerOf(best));
    if (!right) {
      for (const holder of [...unit.holders.keys()]) this.work.drop(unit, holder);
      return undefined;
    }
    const answer = answerOf(right);
    const agreed = opinions.filter((one) => answerOf(one) === answer);
    for (const odd of opinions.filter((one) => answerOf(one) !== answer)) {
      const one = blame(odd, agreed, ownOnly);
      this.wrong.set(`${one.role} ${one.id}`, one);
    }
    this.work.tree.fill(right);
    return right;
  }
}
