/**
 * Adds up the parts of a node, block by block: a stack of blocks stays in the processor's nearest cache, so that each
 * gradient is read from memory once, and no sum is written there but the last. The bits are those of `combine`.
 */

import { type Adder, createAdder, plainAdder } from "./adder.ts";
import { assert } from "./assert.ts";
import { children, type NodeSum, type TreeNode } from "./reduction.ts";

/** 32 KiB of each gradient: long compared with the calls that copy it, and eight such blocks stay in the second cache. */
const blockNumbers = 8192;

/** A block of a gradient is copied to a place of the adder's stack; or the place above is added to a place. */
interface Move {
  readonly place: number;
  readonly gradient: Float32Array | null;
}

/** Adds up gradients of one length. */
export class Combiner {
  private readonly adder: Adder;

  constructor(adder: Adder) {
    this.adder = adder;
  }

  /**
   * The sum over a node from the sums of any nodes below it.
   *
   * @param known returns a node's sum if it has one; a leaf without an ancestor that has one needs it
   * @param into  receives the gradient
   */
  combine(node: TreeNode, known: (node: TreeNode) => NodeSum | undefined, into: Float32Array): NodeSum {
    const { places, add } = this.adder;
    const moves: Move[] = [];
    const loss = movesOf(node, known, moves, 0);
    const block = places[0]!.length;
    for (let from = 0; from < into.length; from += block) {
      const to = Math.min(from + block, into.length);
      for (const { place, gradient } of moves) {
        if (gradient) places[place]!.set(gradient.subarray(from, to));
        else add(place);
      }
      into.set(places[0]!.subarray(0, to - from), from);
    }
    return { gradient: into, loss };
  }
}

/** Lists the moves that leave a node's sum at a place. @returns its loss */
function movesOf(
  node: TreeNode,
  known: (node: TreeNode) => NodeSum | undefined,
  moves: Move[],
  place: number,
): number {
  const own = known(node);
  if (own) {
    moves.push({ place, gradient: own.gradient });
    return own.loss;
  }
  const halves = children(node);
  assert(halves, `micro-batch ${node.lo} has no sum`);
  const left = movesOf(halves[0], known, moves, place);
  const right = movesOf(halves[1], known, moves, place + 1);
  moves.push({ place, gradient: null });
  return left + right;
}

/**
 * Adds in WebAssembly if the module is built.
 *
 * @param leaves of the whole tree
 */
export async function createCombiner(count: number, leaves: number): Promise<Combiner> {
  return new Combiner(await createAdder(Math.min(count, blockNumbers), leaves));
}

/** As `createCombiner`, without WebAssembly. */
export function plainCombiner(count: number, leaves: number): Combiner {
  return new Combiner(plainAdder(Math.min(count, blockNumbers), leaves));
}
