/**
 * How an NTM head moves: from content, by interpolation, shift and sharpening.
 *
 * docs/model.md §5.2. arXiv 1410.5401, sections 3.3.1 and 3.3.2, figure 2.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { Fields } from "../fields.ts";
import { content } from "../memory/content.ts";
import { sharpen } from "../memory/sharpen.ts";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";

/**
 * The weights of all heads of a kind, and what they come from.
 *
 * @param memory   [batch, slots, width]
 * @param norms    [batch, slots, 1], of the same memory
 * @param previous [batch, heads, slots], w_{t−1}
 * @param fields   key, strength, gate, shift and sharpen, untransformed
 * @returns        weights [batch, heads, slots], each row with sum 1; strength β, gate g and exponent γ
 *                 [batch, heads, 1]; shifts s [batch, heads, shifts], each row with sum 1
 */
export function address(
  memory: Tensor,
  norms: Tensor,
  previous: Tensor,
  fields: Fields,
): { weights: Tensor; strength: Tensor; gate: Tensor; shifts: Tensor; exponent: Tensor } {
  const strength = op.softplus(fields.strength!);
  // Differs from the paper: the key passes through tanh, as in the original and in Collier & Beel.
  const byContent = content(memory, norms, op.tanh(fields.key!), strength);
  const gate = op.sigmoid(fields.gate!);
  const gated = interpolate(byContent, previous, gate);
  const shifts = op.softmax(fields.shift!);
  const exponent = op.plus(op.softplus(fields.sharpen!), 1);
  return { weights: sharpen(shift(gated, shifts), exponent), strength, gate, shifts, exponent };
}

/**
 * Interpolation, equation 7: w_g = g w_c + (1 − g) w_{t−1}.
 *
 * @param byContent [batch, heads, slots], w_c
 * @param previous  [batch, heads, slots], w_{t−1}
 * @param gate      [batch, heads, 1], g, in [0, 1]
 * @returns         [batch, heads, slots]
 */
export function interpolate(byContent: Tensor, previous: Tensor, gate: Tensor): Tensor {
  assertShapes([byContent, "batch heads slots"], [previous, "batch heads slots"], [gate, "batch heads 1"]);
  return op.add(previous, op.mul(gate, op.sub(byContent, previous)));
}

/**
 * Convolutional shift, equation 8, circular: w_s[n] = Σ_j s_j w_g[n − j], j from −(S−1)/2 to (S−1)/2.
 *
 * @param weights [batch, heads, slots], w_g
 * @param shifts  [batch, heads, shifts], s, each row with sum 1; an odd number of shifts
 * @returns       [batch, heads, slots]
 */
export function shift(weights: Tensor, shifts: Tensor): Tensor {
  const sizes = assertShapes([weights, "batch heads slots"], [shifts, "batch heads shifts"]);
  const { batch, heads, slots, shifts: count } = sizes as Record<string, number>;
  const rotations = op.rotations(weights, count!);
  const sums = op.matMul(op.reshape(shifts, [batch!, heads!, 1, count!]), rotations);
  return op.reshape(sums, [batch!, heads!, slots!]);
}
