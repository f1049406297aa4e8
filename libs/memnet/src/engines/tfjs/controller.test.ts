import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { feedforward, lstm } from "./controller.ts";
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
  const { hidden, cell } = lstm({ hidden: 1 }).step(tf.tensor([[2, -1]]), before, gates);
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
    (kernel, bias, seen, hidden, cell) => {
      const state = { hidden: hidden!, cell: cell! };
      return lstm({ hidden: 5 }).step(seen!, state, linear(kernel!, bias!)).hidden;
    },
    [
      uniform(random, [20, 4 + 5], -1, 1),
      uniform(random, [20], -1, 1),
      uniform(random, [7, 4], -1, 1),
      uniform(random, [7, 5], -1, 1),
      uniform(random, [7, 5], -1, 1),
    ],
  );
});

test("feedforward() is a layer of what it sees, whatever it was before", () => {
  const layer = linear(tf.tensor([[1, 2]]), tf.tensor([0.5]));
  const controller = feedforward({ hidden: 1 });
  const { hidden } = controller.step(tf.tensor([[0.25, -1]]), { hidden: tf.tensor([[9]]) }, layer);
  assertClose(hidden, [Math.tanh(0.25 - 2 + 0.5)]);
});
