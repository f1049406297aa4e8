import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, assertGradient, assertWithin, numbers, seeded, uniform } from "../testing.ts";
import { content, norm } from "./content.ts";

const of = (memory: tf.Tensor, keys: tf.Tensor, strengths: tf.Tensor) =>
  content(memory, norm(memory), keys, strengths);

test("content() is a softmax of strength times cosine", () => {
  const memory = tf.tensor([
    [
      [3, 0],
      [0, 2],
      [-1, 0],
    ],
  ]);
  const weights = of(memory, tf.tensor([[[5, 0]]]), tf.tensor([[[2]]]));
  const [same, across, against] = [Math.exp(2), 1, Math.exp(-2)];
  const total = same + across + against;
  assertClose(weights, [same / total, across / total, against / total], 1e-5);
});

test("content() of several heads takes each head's own key and strength", () => {
  const memory = tf.reshape(tf.eye(5), [1, 5, 5]);
  const keys = tf.tensor([
    [
      [0, 0, 1, 0, 0],
      [0, 7, 0, 0, 0],
      [1, 2, 3, 4, 5],
    ],
  ]);
  const weights = of(memory, keys, tf.tensor([[[100], [100], [0]]]));
  assertClose(weights, [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0.2, 0.2, 0.2, 0.2, 0.2], 1e-5);
});

test("content() rows are positive with sum 1, whatever the key's length", () => {
  const random = seeded(3);
  const memory = uniform(random, [2, 7, 5], -1, 1);
  const keys = uniform(random, [2, 3, 5], -1, 1);
  const strengths = uniform(random, [2, 3, 1], 1, 9);
  const weights = of(memory, keys, strengths);
  assertWithin(weights, 0, 1);
  assertClose(tf.sum(weights, 2), tf.ones([2, 3]), 1e-5);
  assertClose(of(memory, tf.mul(keys, 100), strengths), weights, 1e-3);
});

test("content() of zero memory or a zero key is even, and its gradient finite", () => {
  const strengths = tf.fill([1, 2, 1], 5);
  for (const [memory, keys] of [
    [tf.zeros([1, 4, 3]), tf.ones([1, 2, 3])],
    [tf.ones([1, 4, 3]), tf.zeros([1, 2, 3])],
    [tf.zeros([1, 4, 3]), tf.zeros([1, 2, 3])],
  ] as const) {
    assertClose(of(memory, keys, strengths), tf.fill([1, 2, 4], 0.25));
    assertGradient(of, [memory, keys, strengths], { step: 1e-5, tolerance: 0.2 });
  }
});

test("content() has the gradient that differences give", () => {
  const random = seeded(4);
  assertGradient(of, [
    uniform(random, [2, 7, 5], -1, 1),
    uniform(random, [2, 3, 5], -1, 1),
    uniform(random, [2, 3, 1], 1, 3),
  ]);
});

test("norm() of a zero vector is √ε", () => {
  assertClose(
    norm(
      tf.tensor([
        [
          [3, 4],
          [0, 0],
        ],
      ]),
    ),
    [5, 1e-3],
    1e-6,
  );
  assertWithin(tf.tensor(numbers(norm(tf.zeros([2, 3, 5])))), 1e-3, 1e-3);
});
