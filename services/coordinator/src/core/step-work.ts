/**
 * One step's work: which nodes are given out, to whom, since when. Giving a node out again never withdraws it: any
 * right result for an open node counts, however late.
 */

import { children, type TreeNode } from "memnet";
import { nodeKey, partition, size } from "./partition.ts";
import { FilledTree } from "./tree.ts";

/** A node that has cost so many trainers their process is retried alone, on one trainer. */
export const poisonLosses = 3;
const retryFirstMs = 1000;
const retryMaxMs = 60_000;

export interface Unit {
  readonly node: TreeNode;
  /** Who has it, since when. */
  readonly holders: Map<string, number>;
  /** Part of another unit, given to a trainer that had nothing to do. */
  readonly optional: boolean;
  deadlineAt: number;
  reissues: number;
  /** Trainers that went silent while they had it. */
  readonly lostBy: Set<string>;
  /** Not given out before: a poisoned node waits. */
  notBefore: number;
  /** Who said, at which attempt, that it is not finite; believed when two say so. */
  readonly notFiniteBy: Set<string>;
  attempt: number;
}

export class StepWork {
  readonly step: number;
  readonly startedAt: number;
  readonly tree: FilledTree;
  readonly units: Unit[];
  /** The root is filled, and the step is being taken. */
  adding = false;

  constructor(step: number, leaves: number, trainers: number, now: number) {
    this.step = step;
    this.startedAt = now;
    this.tree = new FilledTree(leaves);
    this.units = partition(leaves, trainers).map((node) => newUnit(node, false));
  }

  open(): Unit[] {
    return this.units.filter((unit) => !this.tree.isFilled(unit.node));
  }

  /** Open units that a trainer has. */
  heldBy(trainer: string): Unit[] {
    return this.open().filter((unit) => unit.holders.has(trainer));
  }

  give(unit: Unit, trainer: string, now: number, deadlineMs: number): void {
    unit.holders.set(trainer, now);
    unit.deadlineAt = now + deadlineMs * 2 ** Math.min(unit.reissues, 20);
  }

  /** A trainer hands its work back; open units that nobody has any more. */
  release(trainer: string, silent: boolean, now: number): { orphans: Unit[]; poisoned: Unit[] } {
    const orphans: Unit[] = [];
    const poisoned: Unit[] = [];
    for (const unit of this.heldBy(trainer)) {
      unit.holders.delete(trainer);
      if (silent) unit.lostBy.add(trainer);
      if (silent && unit.lostBy.size >= poisonLosses) {
        unit.notBefore = now + Math.min(retryMaxMs, retryFirstMs * 2 ** (unit.lostBy.size - poisonLosses));
        poisoned.push(unit);
      }
      if (unit.holders.size === 0 && !unit.optional) orphans.push(unit);
    }
    return { orphans, poisoned };
  }

  /** The unit of this very node, where it is given out as one. */
  unitOf(node: TreeNode): Unit | undefined {
    return this.units.find((unit) => nodeKey(unit.node) === nodeKey(node));
  }

  /** The larger half of the largest unit that one trainer alone works on, as a unit of its own. */
  steal(): Unit | undefined {
    const [largest] = this.open()
      .filter((unit) => unit.holders.size === 1 && unit.lostBy.size < poisonLosses && size(unit.node) > 1)
      .sort((a, b) => size(b.node) - size(a.node));
    const half =
      largest && children(largest.node)?.find((node) => !this.tree.isFilled(node) && !this.unitOf(node));
    if (!half) return undefined;
    const unit = newUnit(half, true);
    this.units.push(unit);
    return unit;
  }

  shift(ms: number): void {
    for (const unit of this.units) {
      unit.deadlineAt += ms;
      unit.notBefore += ms;
      for (const [trainer, since] of unit.holders) unit.holders.set(trainer, since + ms);
    }
  }
}

function newUnit(node: TreeNode, optional: boolean): Unit {
  return {
    node,
    holders: new Map(),
    optional,
    deadlineAt: Number.POSITIVE_INFINITY,
    reissues: 0,
    lostBy: new Set(),
    notBefore: Number.NEGATIVE_INFINITY,
    notFiniteBy: new Set(),
    attempt: 0,
  };
}
