/** tf.tidy for results of any type. */

import * as tf from "@tensorflow/tfjs-core";

/**
 * Frees every tensor made inside, except those in the result.
 * tf.tidy does so for any result; only its type asks for index signatures that interfaces lack.
 */
export function tidied<Result>(work: () => Result): Result {
  return tf.tidy(work as () => tf.TensorContainer) as Result;
}
