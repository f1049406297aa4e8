/** Sharpening: weights to a power. docs/model.md §5.2 and §6.10. arXiv 1410.5401, section 3.3.2, equation 9. */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as op from "../ops.ts";
import { epsilon } from "./content.ts";

/**
 * w[n] ∝ (w[n] + ε)^γ.
 * Differs from the paper: a softmax over logarithms, so that a large exponent cannot give 0/0.
 *
 * @param weights  [batch, …, slots], at least 0
 * @param exponent [batch, …, 1], γ, at least 1; it may have axes of size 1
 * @returns        [batch, …, slots], each row with sum 1
 */
export function sharpen(weights: Tensor, exponent: Tensor): Tensor {
  return op.softmax(op.mul(exponent, op.log(op.plus(weights, epsilon))));
}
