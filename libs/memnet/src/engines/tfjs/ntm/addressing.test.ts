import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { norm } from "../memory/content.ts";
import { sharpen } from "../memory/sharpen.ts";
import {
  assertClose,
  assertGradient,
  assertWithin,
  oneHot,
  seeded,
  uniform,
  weightRows,
} from "../testing.ts";
import { address, interpolate, shift } from "./addressing.ts";

test("shift() moves a focus by whole slots, circularly: arXiv 1410.5401, equation 8", () => {
  const [back, stay, forward] = [oneHot(0, 3), oneHot(1, 3), oneHot(2, 3)];
  assertClose(shift(oneHot(2, 5), forward), oneHot(3, 5));
  assertClose(shift(oneHot(2, 5), back), oneHot(1, 5));
  assertClose(shift(oneHot(2, 5), stay), oneHot(2, 5));
  assertClose(shift(oneHot(4, 5), forward), oneHot(0, 5));
  assertClose(shift(oneHot(0, 5), back), oneHot(4, 5));
  assertClose(shift(oneHot(4, 7), oneHot(4, 5)), oneHot(6, 7));
});

test("shift() by 0.1, 0.8, 0.1 blurs a point over three: section 3.3.2", () => {
  const blurred = shift(oneHot(3, 7), tf.tensor([[[0.1, 0.8, 0.1]]]));
  assertClose(blurred, [0, 0, 0.1, 0.8, 0.1, 0, 0]);
});

test("shift() turns more than once round a memory smaller than the shifts", () => {
  assertClose(shift(oneHot(0, 2), oneHot(6, 7)), oneHot(1, 2));
  assertClose(shift(oneHot(1, 3), oneHot(0, 9)), oneHot(0, 3));
});

test("shift() keeps the sum, and has the gradient that differences give", () => {
  const random = seeded(1);
  const weights = weightRows(random, [2, 3, 11]);
  const shifts = weightRows(random, [2, 3, 5]);
  assertClose(tf.sum(shift(weights, shifts), 2), tf.ones([2, 3]), 1e-5);
  assertGradient(shift, [weights, shifts]);
});

test("interpolate() with gate 0 keeps the weights and with gate 1 takes content's: equation 7", () => {
  const random = seeded(2);
  const byContent = weightRows(random, [2, 3, 7]);
  const previous = weightRows(random, [2, 3, 7]);
  assertClose(interpolate(byContent, previous, tf.zeros([2, 3, 1])), previous);
  assertClose(interpolate(byContent, previous, tf.ones([2, 3, 1])), byContent);
  const half = interpolate(byContent, previous, tf.fill([2, 3, 1], 0.5));
  assertClose(half, tf.div(tf.add(byContent, previous), 2));
  assertGradient(interpolate, [byContent, previous, uniform(random, [2, 3, 1])]);
});

test("sharpen() with exponent 1 keeps weights, with 2 squares them: equation 9", () => {
  const weights = tf.tensor([[[0.5, 0.25, 0.125, 0.125]]]);
  assertClose(sharpen(weights, tf.ones([1, 1, 1])), weights, 1e-5);
  const squares = [0.25, 0.0625, 0.015625, 0.015625];
  const total = squares.reduce((sum, square) => sum + square);
  assertClose(
    sharpen(weights, tf.fill([1, 1, 1], 2)),
    squares.map((square) => square / total),
    1e-5,
  );
});

test("sharpen() undoes the blur of a shift: section 3.3.2", () => {
  const blurred = shift(oneHot(3, 7), tf.tensor([[[0.1, 0.8, 0.1]]]));
  assertClose(sharpen(blurred, tf.fill([1, 1, 1], 10)), oneHot(3, 7), 1e-5);
});

test("sharpen() stays finite with exponents that would give 0/0, and rows sum to 1", () => {
  const random = seeded(3);
  const weights = weightRows(random, [2, 3, 7]);
  assertWithin(sharpen(tf.zeros([2, 3, 7]), tf.fill([2, 3, 1], 1000)), 1 / 7, 1 / 7);
  const exponents = uniform(random, [2, 3, 1], 1, 4);
  assertClose(tf.sum(sharpen(weights, exponents), 2), tf.ones([2, 3]), 1e-5);
  assertGradient(sharpen, [weights, exponents]);
});

test("address() walks slot by slot without content, or jumps to the slot that looks like the key: section 3.3.2", () => {
  const memory = tf.reshape(tf.eye(5), [1, 5, 5]);
  const field = (value: number) => tf.fill([1, 1, 1], value);
  const forward = tf.tensor([[[-40, -40, 40]]]);
  const stay = tf.tensor([[[-40, 40, -40]]]);
  const at = (key: number, gate: number, rotation: tf.Tensor) => ({
    key: tf.mul(oneHot(key, 5), 10),
    strength: field(40),
    gate: field(gate),
    shift: rotation,
    sharpen: field(5),
  });
  const head = (previous: tf.Tensor, fields: ReturnType<typeof at>) =>
    address(memory, norm(memory), previous, fields).weights;
  assertClose(head(oneHot(4, 5), at(2, -40, forward)), oneHot(0, 5), 1e-4);
  assertClose(head(oneHot(4, 5), at(2, 40, stay)), oneHot(2, 5), 1e-4);
  assertClose(head(oneHot(4, 5), at(2, 40, forward)), oneHot(3, 5), 1e-4);
});
