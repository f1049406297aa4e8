/**
 * Writing: every write head erases, then every write head adds.
 *
 * docs/model.md §4.2. NTM: arXiv 1410.5401, section 3.2. DNC: Nature 538, Methods, "Memory writing".
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";

/**
 * The memory after a write of all heads at once, M_t = M_{t−1} ⊙ Π_j (1 − w^j ⊗ e^j) + Σ_j w^j ⊗ a^j.
 *
 * @param memory  [batch, slots, width], M_{t−1}
 * @param weights [batch, heads, slots], w, in [0, 1]
 * @param erase   [batch, heads, width], e, in [0, 1]
 * @param add     [batch, heads, width], a
 * @returns       [batch, slots, width], M_t
 */
export function write(memory: Tensor, weights: Tensor, erase: Tensor, add: Tensor): Tensor {
  assertShapes(
    [memory, "batch slots width"],
    [weights, "batch heads slots"],
    [erase, "batch heads width"],
    [add, "batch heads width"],
  );
  const erases = eachHead(erase);
  const kept = eachHead(weights)
    .map((weight, head) => op.oneMinus(op.matMul(weight, erases[head]!, true)))
    .reduce((product, keep) => op.mul(product, keep));
  return op.add(op.mul(memory, kept), op.matMul(weights, add, true));
}

/** [batch, heads, n] cut into [batch, 1, n] for each head. */
export function eachHead(tensor: Tensor): Tensor[] {
  const heads = tensor.shape[1]!;
  return heads === 1 ? [tensor] : op.split(tensor, Array<number>(heads).fill(1), 1);
}
