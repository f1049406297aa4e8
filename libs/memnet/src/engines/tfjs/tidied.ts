import * as tf from "@tensorflow/tfjs-core";

/** tf.tidy for results of any type: its own type asks for index signatures, which interfaces lack. */
export function tidied<Result>(work: () => Result): Result {
  return tf.tidy(work as () => tf.TensorContainer) as Result;
}
