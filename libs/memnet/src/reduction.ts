/**
 * Adds micro-batches pairwise in a fixed tree over their index, so that the result has the same bits however the
 * work is divided. docs/model.md §12.
 */

import { assert } from "./assert.ts";

/** A node of the tree: micro-batches lo … hi − 1. A leaf has hi = lo + 1. */
export interface TreeNode {
  readonly lo: number;
  readonly hi: number;
}

/** The cut of a node: lo + the largest power of two below hi − lo. */
export function middle({ lo, hi }: TreeNode): number {
  return lo + 2 ** Math.ceil(Math.log2(hi - lo) - 1);
}

/** The two children of a node; a leaf has none. */
export function children(node: TreeNode): readonly [TreeNode, TreeNode] | undefined {
  if (node.hi - node.lo < 2) return undefined;
  const cut = middle(node);
  return [
    { lo: node.lo, hi: cut },
    { lo: cut, hi: node.hi },
  ];
}

/** Whether lo … hi is a node of the tree over `leaves` micro-batches. */
export function isNode({ lo, hi }: TreeNode, leaves: number): boolean {
  if (!(Number.isInteger(lo) && Number.isInteger(hi) && lo >= 0 && lo < hi && hi <= leaves)) return false;
  let node: TreeNode = { lo: 0, hi: leaves };
  while (node.lo !== lo || node.hi !== hi) {
    const halves = children(node);
    if (!halves) return false;
    node = lo < halves[0].hi ? halves[0] : halves[1];
    if (lo < node.lo || hi > node.hi) return false;
  }
  return true;
}

/** A node's key in maps, and its name in messages to people. */
export function nodeKey({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}

/** Whether a node of the tree is another one or lies below it. */
export function isWithin(node: TreeNode, other: TreeNode): boolean {
  return node.lo >= other.lo && node.hi <= other.hi;
}

/** The gradient and loss sums of a node. */
export interface NodeSum {
  /** float32, flat */
  readonly gradient: Float32Array;
  /** float64, nats */
  readonly loss: number;
}

/** Adds the right child to the left one, in place, in float32. */
export function addInto(left: Float32Array, right: Float32Array): void {
  // Four elements a turn take three quarters of the time.
  const whole = left.length & ~3;
  for (let index = 0; index < whole; index += 4) {
    left[index] = left[index]! + right[index]!;
    left[index + 1] = left[index + 1]! + right[index + 1]!;
    left[index + 2] = left[index + 2]! + right[index + 2]!;
    left[index + 3] = left[index + 3]! + right[index + 3]!;
  }
  for (let index = whole; index < left.length; index++) left[index] = left[index]! + right[index]!;
}

/** The sum over a node, from the sums of its leaves. */
export function reduce(node: TreeNode, leaf: (index: number) => NodeSum): NodeSum {
  return combine(node, ({ lo, hi }) => (hi - lo === 1 ? leaf(lo) : undefined));
}

/**
 * The sum over a node from the sums of any nodes below it.
 *
 * @param known returns a node's sum if it has one; a leaf without an ancestor that has one needs it. The gradient may be
 *   overwritten.
 */
export function combine(node: TreeNode, known: (node: TreeNode) => NodeSum | undefined): NodeSum {
  const own = known(node);
  if (own) return own;
  const halves = children(node);
  assert(halves, `micro-batch ${node.lo} has no sum`);
  const left = combine(halves[0], known);
  const right = combine(halves[1], known);
  addInto(left.gradient, right.gradient);
  return { gradient: left.gradient, loss: left.loss + right.loss };
}

export function isFiniteSum({ gradient, loss }: NodeSum): boolean {
  // 0 times a finite number is 0, times any other NaN. Four sums do not wait for each other, and take a third of the
  // time of testing each element.
  const whole = gradient.length & ~3;
  let [a, b, c, d] = [loss * 0, 0, 0, 0];
  for (let index = 0; index < whole; index += 4) {
    a += gradient[index]! * 0;
    b += gradient[index + 1]! * 0;
    c += gradient[index + 2]! * 0;
    d += gradient[index + 3]! * 0;
  }
  for (let index = whole; index < gradient.length; index++) a += gradient[index]! * 0;
  return a + b + c + d === 0;
}

/**
 * Divides the step's sum by its sequences and clips it to the norm `normMax`, in place.
 *
 * @param normMax 0 for any norm
 * @returns       the norm before clipping
 */
export function meanAndClip(sum: Float32Array, sequences: number, normMax: number): number {
  let squares = 0;
  for (let index = 0; index < sum.length; index++) {
    const mean = Math.fround(sum[index]! / sequences);
    sum[index] = mean;
    squares += mean * mean;
  }
  const norm = Math.sqrt(squares);
  if (normMax > 0 && norm > normMax) {
    const scale = normMax / norm;
    for (let index = 0; index < sum.length; index++) sum[index] = sum[index]! * scale;
  }
  return norm;
}

/** Clips each element to −max … max, in place; `max` is rounded to float32. */
export function clipElements(gradient: Float32Array, max: number): void {
  const most = Math.fround(max);
  for (let index = 0; index < gradient.length; index++) {
    gradient[index] = Math.min(Math.max(gradient[index]!, -most), most);
  }
}
