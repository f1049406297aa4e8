import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "./loss.ts";
import { assertClose, assertGradient, seeded, uniform } from "./testing.ts";

test("crossEntropy() of an undecided output is ln 2 for each unmasked bit", () => {
  const mask = tf.tensor([[1], [0], [1]]);
  assertClose(crossEntropy(tf.zeros([3, 5]), tf.ones([3, 5]), mask), [10 * Math.LN2], 1e-5);
});

test("crossEntropy() of large logits neither overflows nor loses small losses", () => {
  const logits = tf.tensor([[200, -200, 10]]);
  assertClose(
    crossEntropy(logits, tf.tensor([[1, 0, 1]]), tf.ones([1, 1])),
    [Math.log1p(Math.exp(-10))],
    1e-9,
  );
  assertClose(crossEntropy(logits, tf.tensor([[0, 1, 0]]), tf.ones([1, 1])), [410], 1e-3);
});

test("crossEntropy() has the gradient that differences give, at 0 as well", () => {
  const target = tf.tensor([
    [1, 0, 1],
    [0, 1, 0],
  ]);
  const mask = tf.tensor([[1], [0]]);
  const loss = (logits: tf.Tensor) => crossEntropy(logits, target, mask);
  assertGradient((logits) => loss(logits!), [uniform(seeded(1), [2, 3], -2, 2)]);
  assertGradient((logits) => loss(logits!), [tf.zeros([2, 3])]);
});
