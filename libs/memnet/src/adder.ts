/**
 * Adds gradients as they are computed: in WebAssembly if the module is built, with the bits of `addInto` and
 * `isFiniteSum` in a tenth of their time.
 */

import { wasmArrays } from "./engines/wasm/arrays.ts";
import { addInto, children, isFiniteSum, type NodeSum, type TreeNode } from "./reduction.ts";

/** A stack of gradients of the same length. */
export interface Adder {
  readonly places: readonly Float32Array[];
  /** Adds the place after this one to it. */
  add(place: number): void;
  /** Whether every element of the place is finite. */
  isFinite(place: number): boolean;
}

export interface Leaves {
  /** Computes a leaf's gradient into a place and returns its loss; null gives up the node. */
  compute(leaf: number, into: Float32Array): Promise<number | null>;
  /** Called with each leaf whose loss or gradient is not finite. */
  notFinite?(leaf: number): void;
}

/** @param leaves of the whole tree: any of its nodes can be summed */
export function plainAdder(count: number, leaves: number): Adder {
  const places = Array.from({ length: depthOf(leaves) }, () => new Float32Array(count));
  return {
    places,
    add: (place) => addInto(places[place]!, places[place + 1]!),
    isFinite: (place) => isFiniteSum({ gradient: places[place]!, loss: 0 }),
  };
}

/** As `plainAdder`, in the module's memory. */
export async function createAdder(count: number, leaves: number): Promise<Adder> {
  const inModule = await wasmArrays(count, depthOf(leaves));
  if (!inModule) return plainAdder(count, leaves);
  const { module, addresses, arrays, bytes } = inModule;
  return {
    places: arrays,
    add: (place) => module.addTo(addresses[place]!, addresses[place + 1]!, bytes),
    isFinite: (place) => module.isFinite(addresses[place]!, bytes) === 1,
  };
}

function depthOf(leaves: number): number {
  return Math.ceil(Math.log2(leaves)) + 1;
}

/**
 * The sum over a node of the tree. Two children are added before the next leaf is computed.
 *
 * @returns null if a leaf gave up; else the gradient is the adder's first place, until the next sum
 */
export async function sumNode(adder: Adder, node: TreeNode, leaves: Leaves): Promise<NodeSum | null> {
  const sumInto = async (place: number, part: TreeNode): Promise<number | null> => {
    const halves = children(part);
    if (!halves) {
      const loss = await leaves.compute(part.lo, adder.places[place]!);
      if (loss !== null && !(Number.isFinite(loss) && adder.isFinite(place))) leaves.notFinite?.(part.lo);
      return loss;
    }
    const left = await sumInto(place, halves[0]);
    if (left === null) return null;
    const right = await sumInto(place + 1, halves[1]);
    if (right === null) return null;
    adder.add(place);
    return left + right;
  };
  const loss = await sumInto(0, node);
  return loss === null ? null : { gradient: adder.places[0]!, loss };
}
