import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { differentiated } from "../tape.ts";
import { assertClose, assertGradient, assertWithin, numbers, seeded, uniform } from "../testing.ts";
import { allocation, productBefore } from "./allocation.ts";

/** One row by the formula, in float64. */
function byFormula(usage: readonly number[]): number[] {
  const used = usage.map((value) => 1e-6 + (1 - 1e-6) * value);
  const order = used.map((_, slot) => slot).sort((a, b) => used[a]! - used[b]! || a - b);
  const weights = used.map(() => 0);
  let before = 1;
  for (const slot of order) {
    weights[slot] = (1 - used[slot]!) * before;
    before *= used[slot]!;
  }
  return weights;
}

test("allocation() goes to the least used slot: Nature 538, Methods, a_t", () => {
  assertClose(allocation(tf.tensor([[0.9, 0.6, 0, 0.7, 0.8]])), [0, 0, 1, 0, 0], 2e-6);
});

test("allocation() shares what the least used slots leave over", () => {
  const usage = [0.7, 0.5, 0.9, 0.6];
  assertClose(allocation(tf.tensor([usage])), [0.3 * 0.3, 0.5, 0.1 * 0.21, 0.4 * 0.5], 1e-5);
});

test("allocation() follows the formula on each row of random usages", () => {
  const usage = uniform(seeded(1), [3, 13], 0.3, 1);
  const rows = tf.unstack(usage).flatMap((row) => byFormula(numbers(row)));
  assertClose(allocation(usage), rows, 1e-6);
});

test("allocation() weights are non-negative with sum at most 1", () => {
  const weights = allocation(uniform(seeded(2), [5, 11]));
  assertWithin(weights, 0, 1);
  assertWithin(tf.sum(weights, 1), 0, 1);
});

test("allocation() of a full memory is nothing, of an empty one the first slot", () => {
  assertClose(allocation(tf.ones([2, 5])), tf.zeros([2, 5]), 1e-6);
  assertClose(allocation(tf.zeros([1, 5])), [1, 0, 0, 0, 0], 2e-6);
});

test("allocation() takes the lower slot where usages differ by less than 1/4096 of a step", () => {
  const step = 1 / 4096;
  const close = numbers(allocation(tf.tensor([[0.5 + 0.6 * step, 0.5 + 0.2 * step]])));
  assert.ok(close[0]! > close[1]!);
  const apart = numbers(allocation(tf.tensor([[0.5 + 1.2 * step, 0.5 + 0.2 * step]])));
  assert.ok(apart[1]! > apart[0]!);
});

test("allocation() has the gradient that differences give", () => {
  // Places a tenth apart, so that no step of the differences changes the order.
  const usage = tf.tensor([
    [0.9, 0.3, 0.6, 0.1, 0.8],
    [0.2, 0.4, 0.3, 0.9, 0.5],
    [0.5, 0.1, 0.7, 0.6, 0.4],
  ]);
  assertGradient(allocation, [usage]);
});

test("allocation() has a finite, right gradient where the products before underflow", () => {
  const usage = tf.zeros([1, 17]);
  const { gradients } = differentiated(() => allocation(usage), [usage]);
  // Σ A = 1 − Π v, so its derivative by one usage is −Π of the others: 0 here.
  assertClose(gradients[0]!, tf.zeros([1, 17]), 2e-6);
});

test("productBefore() multiplies all before, and its gradient survives zeros", () => {
  assertClose(productBefore(tf.tensor([[2, 3, 5, 7, 11]])), [1, 2, 6, 30, 210]);
  assertClose(productBefore(tf.tensor([[4]])), [1]);
  assertGradient(productBefore, [tf.tensor([[0.5, 0, 0.7, 0.9, 1, 0.3, 0]])]);
});
