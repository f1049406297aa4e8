/**
 * Content weights: which slots look like the key.
 *
 * docs/model.md §4.1.
 * NTM: arXiv 1410.5401, section 3.3.1. DNC: Nature 538, Methods, "Content-based addressing", C(M, k, β).
 * Differs from the papers: ε = 1e-6 keeps the norms and their quotient from dividing by zero.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";

export const epsilon = 1e-6;

/**
 * Content weights of several heads at once, C(M, k, β).
 *
 * @param memory    [batch, slots, width]
 * @param norms     [batch, slots, 1], of the same memory, from `norm`
 * @param keys      [batch, heads, width]
 * @param strengths [batch, heads, 1], β, at least 0
 * @returns         [batch, heads, slots], each row positive with sum 1
 */
export function content(memory: Tensor, norms: Tensor, keys: Tensor, strengths: Tensor): Tensor {
  assertShapes(
    [memory, "batch slots width"],
    [norms, "batch slots 1"],
    [keys, "batch heads width"],
    [strengths, "batch heads 1"],
  );
  // β scales the key, not the product: a row of the key is shorter than a row of slots.
  const products = op.matMul(op.mul(keys, strengths), memory, false, true);
  const lengths = op.matMul(norm(keys), norms, false, true);
  return op.softmax(op.div(products, op.plus(lengths, epsilon)));
}

/**
 * Content weights of several heads at once that compare only where a head's mask lets them, C(M, k, β, m).
 *
 * docs/model.md §6.8. arXiv 1904.10278, section 3.1.
 *
 * @param memory    [batch, slots, width]
 * @param keys      [batch, heads, width]
 * @param masks     [batch, heads, width], m, in [0, 1]
 * @param strengths [batch, heads, 1], β, at least 0
 * @returns         [batch, heads, slots], each row positive with sum 1
 */
export function maskedContent(memory: Tensor, keys: Tensor, masks: Tensor, strengths: Tensor): Tensor {
  const { batch, heads, slots, width } = assertShapes(
    [memory, "batch slots width"],
    [keys, "batch heads width"],
    [masks, "batch heads width"],
    [strengths, "batch heads 1"],
  ) as { batch: number; heads: number; slots: number; width: number };
  const mask = op.reshape(masks, [batch, heads, 1, width]);
  const seen = op.mul(op.reshape(memory, [batch, 1, slots, width]), mask);
  const key = op.mul(op.reshape(keys, [batch, heads, 1, width]), mask);
  const strength = op.reshape(strengths, [batch, heads, 1, 1]);
  const products = op.matMul(op.mul(key, strength), seen, false, true);
  const lengths = op.matMul(op.norm(key, epsilon), op.norm(seen, epsilon), false, true);
  const scores = op.div(products, op.plus(lengths, epsilon));
  return op.softmax(op.reshape(scores, [batch, heads, slots]));
}

/**
 * Lengths of vectors, √(|v|² + ε): above 0, so that a zero vector has a finite gradient.
 *
 * @param vectors [batch, rows, width]
 * @returns       [batch, rows, 1]
 */
export function norm(vectors: Tensor): Tensor {
  assertShapes([vectors, "batch rows width"]);
  return op.norm(vectors, epsilon);
}
