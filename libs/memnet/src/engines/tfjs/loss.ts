/** The loss: sigmoid cross-entropy where the mask is 1. docs/model.md §7. */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { assertShapes } from "./shapes.ts";
import { record } from "./tape.ts";

/**
 * max(y, 0) − y·target + log(1 + e^−|y|), summed over unmasked rows and all bits, in nats.
 *
 * @param logits [rows, output], y
 * @param target [rows, output], 0 or 1 where the mask is 1
 * @param mask   [rows, 1], 0 or 1
 * @returns      a scalar, at least 0
 */
export function crossEntropy(logits: Tensor, target: Tensor, mask: Tensor): tf.Scalar {
  assertShapes([logits, "rows output"], [target, "rows output"], [mask, "rows 1"]);
  const linear = tf.sub(tf.relu(logits), tf.mul(logits, target));
  const each = tf.add(linear, tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
  const loss = tf.sum(tf.mul(each, mask)) as tf.Scalar;
  // The gradient in one piece, σ(y) − target: the stable form has kinks at 0 that cancel.
  record(loss, [logits], (dy) => tf.mul(dy, tf.mul(mask, tf.sub(tf.sigmoid(logits), target))));
  return loss;
}
