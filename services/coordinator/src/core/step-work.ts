/**
 * The work of one step: which nodes are assigned, to which trainers, and since when. Reassigning a node never withdraws
 * it: the result of any trainer that was given an open node counts, however late.
 */

import { children, nodeKey, type TreeNode } from "memnet";
import type { Audit } from "./audit.ts";
import { BranchSums } from "./branches.ts";
import type { BranchSum } from "./events.ts";
import { size } from "./partition.ts";
import { goneMs } from "./trainers.ts";
import { FilledTree } from "./tree.ts";

/** A node on which this many trainers went silent is poisoned: it is retried alone, on one trainer. */
export const poisonLosses = 3;
const retryFirstMs = 1000;
const retryMaxMs = 60_000;

/** The trainers that were given each node of a step, by the node's key. */
export type Asked = Map<string, Set<string>>;

export interface Unit {
  readonly node: TreeNode;
  /** When each trainer that holds the unit was given it. Only `StepWork` changes it. */
  readonly holders: Map<string, number>;
  /** Trainers that may not be given the unit, since they have given their result, and their machines. */
  readonly barred: Map<string, string>;
  /** How often a holder's lost assignment was sent again, and when last. */
  readonly repairs: Map<string, { readonly count: number; readonly at: number }>;
  /** Whether this is part of another unit, assigned to an otherwise idle trainer. */
  readonly optional: boolean;
  deadlineAt: number;
  reissues: number;
  /** Trainers that went silent while they held the unit. */
  readonly lostBy: Set<string>;
  /** The unit is not assigned before this time: a poisoned node waits. */
  notBefore: number;
  /** Which trainers reported the unit as non-finite, and at which attempt; two reports are believed. */
  readonly notFiniteBy: Set<string>;
  attempt: number;
}

export class StepWork {
  readonly step: number;
  readonly startedAt: number;
  readonly tree: FilledTree;
  readonly units: Unit[];
  private readonly byNode: Map<string, Unit>;
  /** The units that each trainer holds, filled or not. */
  private readonly held = new Map<string, Set<Unit>>();
  /** The trainers that were ever given a node, by node. No other trainer's result counts. */
  readonly asked: Asked;
  /** The audit of the step, once it has begun. */
  audit: Audit | undefined;
  /** Why two results of the step differ, if they do; the step is then audited. */
  differs: string | undefined;
  /** Whether a result is not what its trainer says of it; the step is then audited if that is possible. */
  implausible = false;
  /** What the trainers of branches have added up. */
  sums = new BranchSums([]);
  /** When the root was filled; undefined before. */
  filledAt: number | undefined;
  /**
   * The sums of branches that the step's audit checks; undefined if no audit was decided on. The step has then begun
   * again, so that the coordinator has all gradients itself.
   */
  claims: readonly BranchSum[] | undefined;
  /** Whether the root is filled and the step is being taken. */
  adding = false;

  constructor(
    step: number,
    leaves: number,
    nodes: readonly TreeNode[],
    now: number,
    asked: Asked = new Map(),
  ) {
    this.step = step;
    this.startedAt = now;
    this.tree = new FilledTree(leaves);
    this.units = nodes.map((node) => newUnit(node, false));
    this.byNode = new Map(this.units.map((unit) => [nodeKey(unit.node), unit]));
    this.asked = asked;
  }

  open(): Unit[] {
    return this.units.filter((unit) => !this.tree.isFilled(unit.node));
  }

  /** Returns the open units that a trainer holds. */
  heldBy(trainer: string): Unit[] {
    return [...(this.held.get(trainer) ?? [])].filter((unit) => !this.tree.isFilled(unit.node));
  }

  /** Each unit's first trainer. */
  get given(): { trainer: string; node: TreeNode }[] {
    return this.units.flatMap(({ node, holders }) => {
      const [trainer] = holders.keys();
      return trainer === undefined ? [] : [{ trainer, node }];
    });
  }

  /** Allows a trainer to answer for a unit. */
  ask(unit: Unit, trainer: string): void {
    const key = nodeKey(unit.node);
    const asked = this.asked.get(key) ?? new Set();
    this.asked.set(key, asked.add(trainer));
  }

  give(unit: Unit, trainer: string, now: number, deadlineMs: number): void {
    this.ask(unit, trainer);
    unit.holders.set(trainer, now);
    const held = this.held.get(trainer) ?? new Set();
    this.held.set(trainer, held.add(unit));
    unit.repairs.delete(trainer);
    unit.deadlineAt = now + deadlineMs * 2 ** Math.min(unit.reissues, 20);
  }

  /** Takes a unit from a trainer, which has given its result or is gone. */
  drop(unit: Unit, trainer: string): void {
    unit.holders.delete(trainer);
    this.held.get(trainer)?.delete(unit);
  }

  /**
   * Takes back a trainer's units. Orphans are the open units that no trainer holds any more.
   *
   * @param heardAt when the trainer was last heard of
   */
  release(
    trainer: string,
    silent: boolean,
    heardAt: number,
    now: number,
  ): { orphans: Unit[]; poisoned: Unit[] } {
    const orphans: Unit[] = [];
    const poisoned: Unit[] = [];
    for (const unit of this.heldBy(trainer)) {
      // Trainers that die together are missed one after the other, and may be given what the first one left.
      const diedOfIt = silent && heardAt > unit.holders.get(trainer)! - goneMs / 2;
      this.drop(unit, trainer);
      unit.repairs.delete(trainer);
      if (diedOfIt) unit.lostBy.add(trainer);
      if (diedOfIt && unit.lostBy.size >= poisonLosses) {
        unit.notBefore = now + Math.min(retryMaxMs, retryFirstMs * 2 ** (unit.lostBy.size - poisonLosses));
        poisoned.push(unit);
      }
      if (unit.holders.size === 0 && !unit.optional) orphans.push(unit);
    }
    return { orphans, poisoned };
  }

  /** Returns the unit for exactly this node, if there is one. */
  unitOf(node: TreeNode): Unit | undefined {
    return this.byNode.get(nodeKey(node));
  }

  /**
   * Makes half of the largest unit that a single trainer holds into a unit of its own: the left half unless it is
   * filled or already a unit.
   */
  steal(): Unit | undefined {
    const [largest] = this.open()
      .filter(
        (unit) =>
          unit.holders.size === 1 &&
          unit.barred.size === 0 &&
          unit.lostBy.size < poisonLosses &&
          size(unit.node) > 1,
      )
      .sort((a, b) => size(b.node) - size(a.node));
    const half =
      largest && children(largest.node)?.find((node) => !this.tree.isFilled(node) && !this.unitOf(node));
    if (!half) return undefined;
    const unit = newUnit(half, true);
    this.units.push(unit);
    this.byNode.set(nodeKey(half), unit);
    return unit;
  }

  shift(ms: number): void {
    if (this.filledAt !== undefined) this.filledAt += ms;
    for (const unit of this.units) {
      unit.deadlineAt += ms;
      unit.notBefore += ms;
      for (const [trainer, since] of unit.holders) unit.holders.set(trainer, since + ms);
      for (const [trainer, { count, at }] of unit.repairs) unit.repairs.set(trainer, { count, at: at + ms });
    }
  }
}

function newUnit(node: TreeNode, optional: boolean): Unit {
  return {
    node,
    holders: new Map(),
    barred: new Map(),
    repairs: new Map(),
    optional,
    deadlineAt: Number.POSITIVE_INFINITY,
    reissues: 0,
    lostBy: new Set(),
    notBefore: Number.NEGATIVE_INFINITY,
    notFiniteBy: new Set(),
    attempt: 0,
  };
}
