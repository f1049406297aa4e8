/** Tracks which nodes of a step's reduction tree are filled: by their own result or by those of both children. */

import { children, type TreeNode } from "memnet";
import type { Result } from "./events.ts";
import { nodeKey } from "./partition.ts";

export class FilledTree {
  readonly root: TreeNode;
  private readonly results = new Map<string, Result>();

  constructor(leaves: number) {
    this.root = { lo: 0, hi: leaves };
  }

  /** Returns the result for exactly this node, not one made up of its children's. */
  resultOf(node: TreeNode): Result | undefined {
    return this.results.get(nodeKey(node));
  }

  isFilled(node: TreeNode): boolean {
    if (this.results.has(nodeKey(node))) return true;
    const halves = children(node);
    return halves?.every((half) => this.isFilled(half)) ?? false;
  }

  /** Fills a node with its result. */
  fill(result: Result): void {
    this.results.set(nodeKey(result.node), result);
  }

  all(): Iterable<Result> {
    return this.results.values();
  }

  /** Returns the disjoint results that make up a filled node, left to right. */
  parts(node: TreeNode = this.root): Result[] {
    const own = this.results.get(nodeKey(node));
    if (own) return [own];
    return (children(node) ?? []).flatMap((half) => this.parts(half));
  }
}
