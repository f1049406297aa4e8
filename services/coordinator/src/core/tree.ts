/** Tracks which nodes of a step's reduction tree are filled: by their own result or by those of both children. */

import { children, nodeKey, type TreeNode } from "memnet";
import type { Result } from "./events.ts";

export class FilledTree {
  readonly root: TreeNode;
  private readonly results = new Map<string, Result>();
  /** The nodes that are filled, so that a step with a thousand nodes looks at each of them once. */
  private readonly filled = new Set<string>();

  constructor(leaves: number) {
    this.root = { lo: 0, hi: leaves };
  }

  /** Returns the result for exactly this node, not one made up of its children's. */
  resultOf(node: TreeNode): Result | undefined {
    return this.results.get(nodeKey(node));
  }

  isFilled(node: TreeNode): boolean {
    return this.filled.has(nodeKey(node));
  }

  /** Fills a node with its result, and with it the nodes above whose other half is filled. */
  fill(result: Result): void {
    this.results.set(nodeKey(result.node), result);
    this.filled.add(nodeKey(result.node));
    for (const above of this.above(result.node)) {
      if (!children(above)!.every((half) => this.isFilled(half))) return;
      this.filled.add(nodeKey(above));
    }
  }

  /** Returns the nodes above a node, the root last. */
  private above({ lo, hi }: TreeNode): TreeNode[] {
    const path: TreeNode[] = [];
    for (let node = this.root; node.lo !== lo || node.hi !== hi; ) {
      path.unshift(node);
      const [left, right] = children(node)!;
      node = lo < left.hi ? left : right;
    }
    return path;
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
