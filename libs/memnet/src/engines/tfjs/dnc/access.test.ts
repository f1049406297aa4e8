import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { norm } from "../memory/content.ts";
import { assertClose, assertGradient, assertWithin, seeded, uniform } from "../testing.ts";
import { dncAccess, writeWeights } from "./access.ts";

const open = 40;
const model = {
  model: "dnc",
  input: 1,
  output: 1,
  hidden: 1,
  slots: 5,
  width: 3,
  reads: 2,
  writes: 3,
} as const;

function writeFields(gate: number, allocate: number) {
  return {
    key: tf.ones([1, 3, 3]),
    strength: tf.zeros([1, 3, 1]),
    allocationGate: tf.fill([1, 3, 1], allocate),
    writeGate: tf.fill([1, 3, 1], gate),
  };
}

test("writeWeights() allocates a slot of its own to each head: Nature 538, Methods, a_t", () => {
  const memory = tf.zeros([1, 5, 3]);
  const usage = tf.tensor([[1, 0.1, 1, 0.05, 0]]);
  const { weights } = writeWeights(memory, norm(memory), usage, writeFields(open, open));
  const [first, second, third] = tf.unstack(weights, 1);
  assertClose(first!, [0, 0, 0, 0, 1], 1e-5);
  assertClose(second!, [0, 0.05 * 0.9, 0, 0.95, 0], 1e-3);
  assertClose(tf.argMax(third!, 1), [1], 0);
});

test("writeWeights() are 0 with a closed write gate, and content weights with a closed allocation gate", () => {
  const memory = tf.zeros([1, 5, 3]);
  const usage = tf.zeros([1, 5]);
  const closed = writeWeights(memory, norm(memory), usage, writeFields(-open, open));
  assertClose(closed.weights, tf.zeros([1, 3, 5]), 1e-6);
  const byContent = writeWeights(memory, norm(memory), usage, writeFields(open, -open));
  assertClose(byContent.weights, tf.fill([1, 3, 5], 0.2), 1e-5);
});

test("step() keeps every weight, gate, usage and mode within [0, 1] on random interface vectors", () => {
  const random = seeded(1);
  const access = dncAccess(model);
  const width = 3 * (3 * model.width + 3) + 2 * (model.width + 2 + 7);
  let state = access.initial(2);
  for (let time = 0; time < 7; time++) state = access.step(state, uniform(random, [2, width], -3, 3));
  const { writeWeights, readWeights, usage, link, precedence, readMode, freeGate } = state;
  for (const tensor of [writeWeights, readWeights, usage, link, precedence, readMode, freeGate]) {
    assertWithin(tensor, 0, 1);
  }
  assertWithin(tf.sum(writeWeights, 2), 0, 1);
  assertWithin(tf.sum(readWeights, 2), 0, 1);
  assertClose(tf.sum(readMode, 2), tf.ones([2, 2]), 1e-5);
});

test("step() has the gradient that differences give", () => {
  const random = seeded(2);
  const small = { ...model, writes: 1 };
  const access = dncAccess(small);
  const width = 3 * small.width + 3 + 2 * (small.width + 2 + 3);
  const before = access.step(access.initial(2), uniform(random, [2, width], -1, 1));
  const step = (z: tf.Tensor) => access.step(before, z).readWeights;
  assertGradient((z) => step(z!), [uniform(random, [2, width], -1, 1)]);
});
