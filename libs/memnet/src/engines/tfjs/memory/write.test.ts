import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, assertGradient, oneHot, seeded, uniform, weightRows } from "../testing.ts";
import { write } from "./write.ts";

test("write() with a one-hot weight and full erase replaces that slot alone: arXiv 1410.5401, section 3.2", () => {
  const memory = uniform(seeded(1), [1, 5, 3]);
  const add = tf.tensor([[[7, 8, 9]]]);
  const written = write(memory, oneHot(2, 5), tf.ones([1, 1, 3]), add);
  const rows = tf.unstack(memory, 1);
  assertClose(written, tf.stack([rows[0]!, rows[1]!, tf.reshape(add, [1, 3]), rows[3]!, rows[4]!], 1));
});

test("write() with weights of 0, or with nothing to erase or add, leaves the memory as it is", () => {
  const random = seeded(2);
  const memory = uniform(random, [2, 5, 3]);
  const fields = [uniform(random, [2, 4, 3]), uniform(random, [2, 4, 3])] as const;
  assertClose(write(memory, tf.zeros([2, 4, 5]), ...fields), memory);
  assertClose(write(memory, uniform(random, [2, 4, 5]), tf.zeros([2, 4, 3]), tf.zeros([2, 4, 3])), memory);
});

test("write() of two heads multiplies what they keep and sums what they add", () => {
  const memory = tf.tensor([[[10], [20]]]);
  const weights = tf.tensor([
    [
      [0.5, 0],
      [0.5, 1],
    ],
  ]);
  const written = write(memory, weights, tf.tensor([[[1], [0.5]]]), tf.tensor([[[1], [2]]]));
  assertClose(written, [10 * 0.5 * 0.75 + 0.5 + 1, 20 * 0.5 + 2], 1e-5);
});

test("write() has the gradient that differences give", () => {
  const random = seeded(3);
  assertGradient(write, [
    uniform(random, [2, 7, 5], -1, 1),
    weightRows(random, [2, 3, 7]),
    uniform(random, [2, 3, 5]),
    uniform(random, [2, 3, 5], -1, 1),
  ]);
});
