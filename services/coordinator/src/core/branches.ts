/**
 * Lets trainers add up the gradients of a large run. The step's tree is cut into branches, about as many as each has
 * trainers; one trainer of each branch adds up the gradients below it, and the coordinator receives one sum a branch.
 */

import { assert, children, isWithin, nodeKey, type TreeNode } from "memnet";
import { type BranchSum, gradientHashOf, type Result } from "./events.ts";
import type { Said } from "./history.ts";
import { partition } from "./partition.ts";
import type { FilledTree } from "./tree.ts";

/** A node whose gradients this trainer adds up. */
export interface Branch {
  readonly trainer: string;
  readonly node: TreeNode;
}

/**
 * Returns the branches of a step. A node that is alone in its branch goes to the coordinator.
 *
 * @param given the trainer of each node that is given out
 */
export function branchesOf(leaves: number, given: readonly Branch[]): Branch[] {
  const trainers = new Set(given.map(({ trainer }) => trainer));
  return partition(leaves, Math.round(Math.sqrt(trainers.size))).flatMap((node) => {
    const [first, second] = given.filter((one) => isWithin(one.node, node));
    return first && second ? [{ trainer: first.trainer, node }] : [];
  });
}

/** The sums of one step's branches. */
export class BranchSums {
  readonly branches: readonly Branch[];
  private readonly sums = new Map<string, BranchSum>();

  constructor(branches: readonly Branch[]) {
    this.branches = branches;
  }

  /** Whether a node's gradient goes to the trainer of a branch. */
  covers(node: TreeNode): boolean {
    return this.branches.some((branch) => isWithin(node, branch.node));
  }

  /** Keeps a sum if its trainer has that branch. Returns whether it has. */
  take(sum: BranchSum): boolean {
    const key = nodeKey(sum.node);
    const isIts = this.branches.some(({ trainer, node }) => trainer === sum.trainer && nodeKey(node) === key);
    if (isIts) this.sums.set(key, sum);
    return isIts;
  }

  /** Returns the sum of each branch that has one of results that the coordinator knows, and that is finite. */
  usable(opinions: (node: TreeNode) => readonly Said[]): BranchSum[] {
    const isKnown = ({ node, hash }: BranchSum["parts"][number]) =>
      opinions(node).some((said) => gradientHashOf(said.hash) === hash);
    return [...this.sums.values()].filter(
      ({ node, parts, allFinite }) => allFinite && fill(node, parts) && parts.every(isKnown),
    );
  }
}

/** Returns what the updater adds: the sums, and the results outside their branches. */
export function partsOf(tree: FilledTree, sums: readonly BranchSum[]): Pick<Result, "node" | "sum">[] {
  const outside = tree.parts().filter(({ node }) => !sums.some((sum) => isWithin(node, sum.node)));
  return [
    ...outside.map(({ node, sum }) => ({ node, sum })),
    ...sums.map(({ node, gradient }) => ({ node, sum: { gradient, loss: lossOf(tree, node) } })),
  ];
}

/** Returns the sum of the losses below a filled node, in the order in which gradients are added. */
function lossOf(tree: FilledTree, node: TreeNode): number {
  const own = tree.resultOf(node);
  if (own) return own.sum.loss;
  const halves = children(node);
  assert(halves, `node ${nodeKey(node)} is not filled`);
  return lossOf(tree, halves[0]) + lossOf(tree, halves[1]);
}

/** Whether the parts are disjoint and make up the node. */
function fill(node: TreeNode, parts: readonly { readonly node: TreeNode }[]): boolean {
  const left = new Set(parts.map((part) => nodeKey(part.node)));
  const isFilled = (one: TreeNode): boolean =>
    left.delete(nodeKey(one)) || (children(one)?.every(isFilled) ?? false);
  return isFilled(node) && left.size === 0;
}
