/**
 * Adds up the gradients of a branch of the step's tree: this trainer's own, and those that other trainers send it.
 * Takes gradients and returns the sum, without any messages.
 */

import { type Combiner, children, isWithin, type NodeSum, nodeKey, type TreeNode } from "memnet";
import { isLater, isSame, type Position } from "./desk.ts";

/** A node's gradient, and its hash. */
export interface Addend {
  readonly node: TreeNode;
  readonly hash: string;
  readonly gradient: Float32Array;
}

export interface Added {
  readonly position: Position;
  readonly node: TreeNode;
  readonly parts: readonly Addend[];
  readonly gradient: Float32Array;
}

/** How many gradients of a step are kept: more than a branch has, and few enough to hold. */
const addendsMax = 128;

export class Branch {
  private readonly combiner: Combiner;
  private position: Position = { epoch: 0, step: 0 };
  /** The node that this trainer adds up; undefined if it has none, or has not heard of it yet. */
  private node: TreeNode | undefined;
  private readonly addends = new Map<string, Addend>();

  constructor(combiner: Combiner) {
    this.combiner = combiner;
  }

  /**
   * Hears which node this trainer adds up in a step.
   *
   * @param node undefined for none
   * @returns    the sum, if all of its parts were early
   */
  begin(position: Position, node: TreeNode | undefined): Added | undefined {
    if (isLater(this.position, position)) return undefined;
    if (!isSame(this.position, position)) this.move(position);
    this.node = node;
    return this.added();
  }

  /** Takes a gradient. Returns the sum once, when its last part has come. */
  take(position: Position, addend: Addend): Added | undefined {
    if (isLater(this.position, position)) return undefined;
    if (!isSame(this.position, position)) this.move(position);
    const { node, addends } = this;
    const isWanted = !node || isWithin(addend.node, node);
    if (isWanted && addends.size < addendsMax) addends.set(nodeKey(addend.node), addend);
    return this.added();
  }

  private move(position: Position): void {
    this.position = position;
    this.node = undefined;
    this.addends.clear();
  }

  private added(): Added | undefined {
    const { node, position } = this;
    const parts = node && this.partsOf(node);
    if (!parts) return undefined;
    const known = (one: TreeNode): NodeSum | undefined => {
      const addend = this.addends.get(nodeKey(one));
      return addend && { gradient: addend.gradient, loss: 0 };
    };
    const into = new Float32Array(parts[0]!.gradient.length);
    const { gradient } = this.combiner.combine(node, known, into);
    this.node = undefined;
    this.addends.clear();
    return { position, node, parts, gradient };
  }

  /** Returns the disjoint addends that make up a node; undefined while one is missing. */
  private partsOf(node: TreeNode): Addend[] | undefined {
    const own = this.addends.get(nodeKey(node));
    if (own) return [own];
    const [left, right] = children(node) ?? [];
    const first = left && this.partsOf(left);
    const second = first && this.partsOf(right!);
    return second && [...first, ...second];
  }
}
