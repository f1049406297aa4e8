import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, assertGradient, assertWithin, seeded, uniform } from "../testing.ts";
import { ntmAccess } from "./access.ts";

const model = {
  model: "ntm",
  input: 1,
  output: 1,
  hidden: 1,
  slots: 7,
  width: 3,
  reads: 2,
  writes: 1,
  shifts: 5,
} as const;
const addressing = model.width + 3 + model.shifts;
const interfaceWidth = 3 * addressing + 2 * model.width;

test("initial() focuses every head on slot 0 of a memory of 1e-6", () => {
  const { memory, writeWeights, readWeights } = ntmAccess(model).initial(2);
  assertClose(memory, tf.fill([2, 7, 3], 1e-6), 0);
  assertClose(tf.argMax(writeWeights, 2), [0, 0], 0);
  assertClose(tf.sum(readWeights, 2), tf.ones([2, 2]), 0);
});

test("step() reads what it has just written: the read heads address the new memory", () => {
  // All heads stay on slot 0 (gate shut, no shift, sharp); the write head erases all and adds tanh(40) = 1.
  const key = [0, 0, 0];
  const stay = [...key, 0, -40, -40, -40, 40, -40, -40, 20];
  const z = tf.tensor([[...stay, 40, 40, 40, 40, 40, 40, ...stay, ...stay]]);
  const access = ntmAccess(model);
  const state = access.step(access.initial(1), z);
  const slots = tf.unstack(state.memory, 1);
  assertClose(slots[0]!, [1, 1, 1], 1e-4);
  assertClose(slots[1]!, [0, 0, 0], 1e-4);
  assertClose(tf.matMul(state.readWeights, state.memory), tf.ones([1, 2, 3]), 1e-3);
});

test("step() keeps every row of weights a distribution on random interface vectors", () => {
  const random = seeded(1);
  const access = ntmAccess(model);
  let state = access.initial(3);
  for (let time = 0; time < 7; time++)
    state = access.step(state, uniform(random, [3, interfaceWidth], -3, 3));
  for (const weights of [state.writeWeights, state.readWeights]) {
    assertWithin(weights, 0, 1);
    assertClose(tf.sum(weights, 2), tf.ones(weights.shape.slice(0, 2)), 1e-5);
  }
});

test("step() has the gradient that differences give", () => {
  const random = seeded(2);
  const access = ntmAccess(model);
  let before = access.initial(2);
  for (let time = 0; time < 3; time++)
    before = access.step(before, uniform(random, [2, interfaceWidth], -1, 1));
  const z = uniform(random, [2, interfaceWidth], -1, 1);
  assertGradient((moved) => access.step(before, moved!).memory, [z]);
  assertGradient((moved) => access.step(before, moved!).readWeights, [z]);
});
