/** A linear layer for every time step. docs/model.md §3.2. */

import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { recordMany } from "./tape.ts";
import { tf } from "./tf.ts";

/** [rows, from] → [rows, to] */
export type Linear = (x: Tensor) => Tensor;

/**
 * kernel · x + bias for each row x. The gradients of kernel and bias are computed once for all uses.
 *
 * @param kernel [to, from]
 * @param bias   [to]
 */
export function linear(kernel: Tensor, bias: Tensor): Linear {
  // The wasm backend's product is fast if neither factor is transposed.
  const transposed = tf.transpose(kernel) as Tensor2D;
  const seen: Tensor[] = [];
  const gradients: Tensor[] = [];
  recordMany([], [kernel, bias], () => {
    if (gradients.length === 0) return [];
    const dy = tf.concat(gradients, 0);
    return [() => tf.matMul(tf.transpose(dy), tf.concat(seen, 0)), () => tf.sum(dy, 0)];
  });
  return (x) => {
    const y = tf.add(tf.matMul(x, transposed), bias);
    recordMany([y], [x, kernel], ([dy]) => {
      seen.push(x);
      gradients.push(dy!);
      return [() => tf.matMul(dy!, kernel), undefined];
    });
    return y;
  };
}
