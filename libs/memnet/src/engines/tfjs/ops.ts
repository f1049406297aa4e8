/** The operations of the models: TensorFlow.js's, each with its gradient. */

import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { record, recordMany } from "./tape.ts";
import { tf } from "./tf.ts";

/** Shapes of these four broadcast as in tfjs. */
export function add(a: Tensor, b: Tensor): Tensor {
  return record(tf.add(a, b), [a, b], [(dy) => summedTo(dy, a), (dy) => summedTo(dy, b)]);
}

export function sub(a: Tensor, b: Tensor): Tensor {
  return record(tf.sub(a, b), [a, b], [(dy) => summedTo(dy, a), (dy) => tf.neg(summedTo(dy, b))]);
}

export function mul(a: Tensor, b: Tensor): Tensor {
  return record(
    tf.mul(a, b),
    [a, b],
    [(dy) => summedTo(tf.mul(dy, b), a), (dy) => summedTo(tf.mul(dy, a), b)],
  );
}

export function div(a: Tensor, b: Tensor): Tensor {
  const quotient = tf.div(a, b);
  return record(
    quotient,
    [a, b],
    [(dy) => summedTo(tf.div(dy, b), a), (dy) => summedTo(tf.neg(tf.div(tf.mul(dy, quotient), b)), b)],
  );
}

/** x + constant */
export function plus(x: Tensor, constant: number): Tensor {
  return record(tf.add(x, constant), [x], [(dy) => dy]);
}

/** factor · x */
export function times(factor: number, x: Tensor): Tensor {
  return record(tf.mul(factor, x), [x], [(dy) => tf.mul(factor, dy)]);
}

/** 1 − x */
export function oneMinus(x: Tensor): Tensor {
  return record(tf.sub(1, x), [x], [(dy) => tf.neg(dy)]);
}

export function log(x: Tensor): Tensor {
  return record(tf.log(x), [x], [(dy) => tf.div(dy, x)]);
}

export function sigmoid(x: Tensor): Tensor {
  const y = tf.sigmoid(x);
  return record(y, [x], [(dy) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))]);
}

export function tanh(x: Tensor): Tensor {
  const y = tf.tanh(x);
  return record(y, [x], [(dy) => tf.mul(dy, tf.sub(1, tf.square(y)))]);
}

export function softplus(x: Tensor): Tensor {
  return record(tf.softplus(x), [x], [(dy) => tf.mul(dy, tf.sigmoid(x))]);
}

/** A softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  const y = tf.softmax(x);
  const backward = (dy: Tensor) => {
    const weighted = tf.mul(dy, y);
    return tf.sub(weighted, tf.mul(y, tf.sum(weighted, -1, true)));
  };
  return record(y, [x], [backward]);
}

/** √(Σx² + ε) over the last axis, which stays with size 1. */
export function norm(x: Tensor, epsilon: number): Tensor {
  const y = tf.sqrt(tf.add(tf.sum(tf.square(x), -1, true), epsilon));
  return record(y, [x], [(dy) => tf.mul(x, tf.div(dy, y))]);
}

/** The sum over the last axis, which stays with size 1. */
export function sum(x: Tensor): Tensor {
  return record(tf.sum(x, -1, true), [x], [(dy) => tf.mul(dy, tf.onesLike(x))]);
}

/** Products of the matrices in the last two axes; the axes before must be equal. */
export function matMul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  return record(
    tf.matMul(a, b, transposeA, transposeB),
    [a, b],
    [
      (dy) => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB)),
      (dy) => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false)),
    ],
  );
}

export function reshape(x: Tensor, shape: number[]): Tensor {
  return record(tf.reshape(x, shape), [x], [(dy) => tf.reshape(dy, x.shape)]);
}

export function transpose(x: Tensor, order: number[]): Tensor {
  const back = order.map((_, axis) => order.indexOf(axis));
  return record(tf.transpose(x, order), [x], [(dy) => tf.transpose(dy, back)]);
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const whole = tf.concat([...parts], axis);
  const sizes = parts.map((part) => part.shape[axis]!);
  recordMany([whole], parts, ([dy]) => tf.split(dy!, sizes, axis));
  return whole;
}

/** Parts of the given sizes along an axis. */
export function split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  const parts = tf.split(x, [...sizes], axis);
  recordMany(parts, [x], (dys) => [() => tf.concat([...dys], axis)]);
  return parts;
}

/** Repeats a tensor along an axis of size 1. */
export function repeat(x: Tensor, axis: number, count: number): Tensor {
  const reps = x.shape.map((_, place) => (place === axis ? count : 1));
  return record(tf.tile(x, reps), [x], [(dy) => tf.sum(dy, axis, true)]);
}

/**
 * The elements of the flattened tensor in another order.
 *
 * @param order int32, a permutation of all indices
 * @param back  int32, its inverse
 */
export function permute(x: Tensor, order: Tensor1D, back: Tensor1D): Tensor {
  const taken = (from: Tensor, indices: Tensor1D): Tensor =>
    tf.reshape(tf.gather(tf.reshape(from, [from.size]), indices), x.shape);
  return record(taken(x, order), [x], [(dy) => taken(dy, back)]);
}

/**
 * Rotations of each row: [batch, heads, slots] → [batch, heads, count, slots]. Rotation j of `count`, which is odd, has
 * x[n − j + (count − 1)/2] at n.
 */
export function rotations(x: Tensor, count: number): Tensor {
  const [batch, heads, slots] = x.shape as [number, number, number];
  const farthest = (count - 1) / 2;
  const shape = [batch, heads, count, slots];
  // On the host, since every backend takes longer to cut and join rows than to copy these few numbers.
  const from = new Int32Array(count * slots);
  for (let rotation = 0; rotation < count; rotation++) {
    for (let slot = 0; slot < slots; slot++) {
      // The second remainder brings a negative first one into range.
      from[rotation * slots + slot] = (((slot - rotation + farthest) % slots) + slots) % slots;
    }
  }
  const rows = batch * heads;
  const values = x.dataSync();
  const rotated = Float32Array.from({ length: rows * from.length }, (_, index) => {
    return values[Math.floor(index / from.length) * slots + from[index % from.length]!]!;
  });
  const backward = (dy: Tensor) => {
    const summed = new Float32Array(rows * slots);
    for (const [index, gradient] of dy.dataSync().entries()) {
      summed[Math.floor(index / from.length) * slots + from[index % from.length]!]! += gradient;
    }
    return tf.tensor(summed, [batch, heads, slots]);
  };
  return record(tf.tensor(rotated, shape), [x], [backward]);
}

/** Moves rows to the right by some columns, with ones from the left. */
export function moveRight(rows: Tensor, by: number): Tensor {
  const [count, columns] = rows.shape as [number, number];
  const kept = [count, columns - by];
  const moved = tf.concat([tf.ones([count, by]), tf.slice(rows, [0, 0], kept)], 1);
  return record(moved, [rows], [(dy) => tf.concat([tf.slice(dy, [0, by], kept), tf.zeros([count, by])], 1)]);
}

/** Undoes broadcasting: sums a gradient over the axes along which an input was repeated. */
function summedTo(gradient: Tensor, { shape }: Tensor): Tensor {
  if (tf.util.arraysEqual(gradient.shape, shape)) return gradient;
  const axes = tf.broadcast_util.getReductionAxes([...shape], gradient.shape);
  return tf.reshape(tf.sum(gradient, axes), shape);
}
