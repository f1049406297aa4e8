/** The loss: sigmoid cross-entropy under the mask. docs/model.md §7. */

import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { assertShapes } from "./shapes.ts";
import { record } from "./tape.ts";
import { tf } from "./tf.ts";

/**
 * max(y, 0) − y·target + log(1 + e^−|y|), summed over the rows under the mask and all bits, in nats.
 *
 * @param logits [rows, output], y
 * @param target [rows, output], 0 to 1
 * @param mask   [rows, 1], 0 or 1
 * @returns      a scalar, at least 0
 */
export function crossEntropy(logits: Tensor, target: Tensor, mask: Tensor): Scalar {
  assertShapes([logits, "rows output"], [target, "rows output"], [mask, "rows 1"]);
  const linear = tf.sub(tf.relu(logits), tf.mul(logits, target));
  const each = tf.add(linear, tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
  const loss = tf.sum(tf.mul(each, mask)) as Scalar;
  // The gradient of the whole, σ(y) − target: the kinks of the stable form at 0 cancel.
  record(loss, [logits], [(dy) => tf.mul(dy, tf.mul(mask, tf.sub(tf.sigmoid(logits), target)))]);
  return loss;
}
