/**
 * Usage: which slots hold something that is still wanted.
 *
 * docs/model.md §6.2. Nature 538, Methods, "Dynamic memory allocation": the usage vector u and the retention vector ψ.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import { eachHead } from "../memory/write.ts";
import * as op from "../ops.ts";
import { assertShapes } from "../shapes.ts";
import { tf } from "../tf.ts";

/**
 * Usage after the writes and the frees of the step before.
 * Differs from the paper: no gradient flows through the write weights here, as in google-deepmind/dnc.
 *
 * @param usage        [batch, slots], u_{t−1}, in [0, 1]
 * @param writeWeights [batch, writes, slots], w^w_{t−1}, in [0, 1]
 * @param retention    [batch, slots], ψ_t, in [0, 1]
 * @returns            [batch, slots] in [0, 1]
 */
export function usageAfter(usage: Tensor, writeWeights: Tensor, retention: Tensor): Tensor {
  assertShapes([usage, "batch slots"], [writeWeights, "batch writes slots"], [retention, "batch slots"]);
  // With tfjs directly, so that it counts as constant.
  const written = tf.sub(1, tf.prod(tf.sub(1, writeWeights), 1));
  const filled = usageWithClaim(usage, written);
  return op.mul(filled, retention);
}

/**
 * Usage as the step's later write heads see it: u + (1 − u) g_w g_a a.
 *
 * @param usage   [batch, slots]
 * @param claimed [batch, slots], g_w g_a a of the write head before
 */
export function usageWithClaim(usage: Tensor, claimed: Tensor): Tensor {
  assertShapes([usage, "batch slots"], [claimed, "batch slots"]);
  return op.add(usage, op.mul(op.oneMinus(usage), claimed));
}

/**
 * Retention, ψ = Π_i (1 − f^i w^{r,i}): what the free gates leave of each slot.
 *
 * @param freeGate    [batch, reads, 1], f, in [0, 1]
 * @param readWeights [batch, reads, slots], w^r_{t−1}, in [0, 1]
 * @returns           [batch, slots] in [0, 1]
 */
export function retentionOf(freeGate: Tensor, readWeights: Tensor): Tensor {
  assertShapes([freeGate, "batch reads 1"], [readWeights, "batch reads slots"]);
  const [batch, , slots] = readWeights.shape as [number, number, number];
  const kept = eachHead(op.oneMinus(op.mul(freeGate, readWeights)));
  return op.reshape(
    kept.reduce((product, factor) => op.mul(product, factor)),
    [batch, slots],
  );
}
