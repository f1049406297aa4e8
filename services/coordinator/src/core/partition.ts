/** How a step's reduction tree is cut into work for several trainers. */

import { children, type TreeNode } from "memnet";

/** About one node for each trainer, as few and as even as the tree allows; in order. */
export function partition(leaves: number, trainers: number): TreeNode[] {
  const nodes: TreeNode[] = [{ lo: 0, hi: leaves }];
  while (nodes.length < trainers) {
    const largest = nodes.reduce((best, node, index) => (size(node) > size(nodes[best]!) ? index : best), 0);
    const halves = children(nodes[largest]!);
    if (!halves) break;
    nodes.splice(largest, 1, ...halves);
  }
  return nodes;
}

/** Micro-batches in a node. */
export function size({ lo, hi }: TreeNode): number {
  return hi - lo;
}

/** A node's name in maps and messages to people. */
export function nodeKey({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}
