import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { lstm } from "./controller.ts";
import { linear } from "./linear.ts";
import { assertClose, assertGradient, seeded, uniform } from "./testing.ts";

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

test("lstm() takes gates i, f, g, o of [input, read, hidden] in that order", () => {
  // One hidden unit; each gate sees one of the numbers alone.
  const kernel = tf.tensor([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0, 0, 0],
  ]);
  const gates = linear(kernel, tf.tensor([0, 0, 0, 0.5]));
  const before = { hidden: tf.tensor([[0.3]]), cell: tf.tensor([[0.7]]) };
  const { hidden, cell } = lstm(tf.tensor([[2]]), tf.tensor([[-1]]), before, gates);
  const next = logistic(-1) * 0.7 + logistic(2) * Math.tanh(0.3);
  assertClose(cell, [next]);
  assertClose(hidden, [logistic(0.5) * Math.tanh(next)]);
});

test("linear() used twice has the gradient that differences give", () => {
  const random = seeded(1);
  assertGradient(
    (kernel, bias, x) => {
      const layer = linear(kernel!, bias!);
      return layer(layer(x!));
    },
    [uniform(random, [5, 5], -1, 1), uniform(random, [5], -1, 1), uniform(random, [3, 5], -1, 1)],
  );
});

test("lstm() has the gradient that differences give", () => {
  const random = seeded(2);
  assertGradient(
    (kernel, bias, input, read, hidden, cell) => {
      const next = lstm(input!, read!, { hidden: hidden!, cell: cell! }, linear(kernel!, bias!));
      return next.hidden;
    },
    [
      uniform(random, [20, 2 + 3 + 5], -1, 1),
      uniform(random, [20], -1, 1),
      uniform(random, [7, 2], -1, 1),
      uniform(random, [7, 3], -1, 1),
      uniform(random, [7, 5], -1, 1),
      uniform(random, [7, 5], -1, 1),
    ],
  );
});
