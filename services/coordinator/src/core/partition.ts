/** Splits a step's reduction tree into work for several trainers. */

import { children, type TreeNode } from "memnet";

/** Returns about one node per trainer, in order, as few and as even as the tree allows. */
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

/** Number of micro-batches in a node. */
export function size({ lo, hi }: TreeNode): number {
  return hi - lo;
}

/** Returns a node's key in maps and its name in human-readable messages. */
export function nodeKey({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}
