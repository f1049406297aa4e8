/** Splits a step's reduction tree into work for several trainers. */

import { children, isWithin, type TreeNode } from "memnet";

/** Returns about one node per trainer, in order, as few and as even as the tree allows. */
export function partition(leaves: number, trainers: number): TreeNode[] {
  let nodes: TreeNode[] = [{ lo: 0, hi: leaves }];
  while (nodes.length < Math.min(leaves, trainers)) {
    // The largest are halved, from the left on, until there are enough.
    const largest = Math.max(...nodes.map(size));
    let missing = trainers - nodes.length;
    nodes = nodes.flatMap((node) => (size(node) === largest && missing-- > 0 ? children(node)! : [node]));
  }
  return nodes;
}

/** Halves the nodes that are larger than a wanted one within them, until none is. */
export function dividedAt(wanted: readonly TreeNode[], nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => {
    const holdsOne = wanted.some((one) => isWithin(one, node) && size(one) < size(node));
    return holdsOne ? dividedAt(wanted, children(node)!) : [node];
  });
}

/** Number of micro-batches in a node. */
export function size({ lo, hi }: TreeNode): number {
  return hi - lo;
}
