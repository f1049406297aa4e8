import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import {
  assertClose,
  assertGradient,
  assertWithin,
  oneHot,
  seeded,
  uniform,
  weightRows,
} from "../testing.ts";
import { linkAfter, precedenceAfter } from "./link.ts";

const offDiagonal = (slots: number) => tf.sub(1, tf.eye(slots));

/** Link and precedence after writes to these slots in order. */
function afterWrites(places: readonly number[], slots: number) {
  let link: tf.Tensor = tf.zeros([1, 1, slots, slots]);
  let precedence: tf.Tensor = tf.zeros([1, 1, slots]);
  for (const place of places) {
    const weights = oneHot(place, slots);
    link = linkAfter(link, precedence, weights, offDiagonal(slots));
    precedence = precedenceAfter(precedence, weights);
  }
  return { link, precedence };
}

test("linkAfter() notes which slot was written after which: Nature 538, Methods, L_t", () => {
  const { link, precedence } = afterWrites([3, 0, 4], 5);
  const expected = tf.buffer([1, 1, 5, 5]);
  expected.set(1, 0, 0, 0, 3);
  expected.set(1, 0, 0, 4, 0);
  assertClose(link, expected.toTensor());
  assertClose(precedence, oneHot(4, 5));
});

test("linkAfter() forgets the links of a slot that is written again", () => {
  const { link } = afterWrites([3, 0, 4, 0], 5);
  const expected = tf.buffer([1, 1, 5, 5]);
  expected.set(1, 0, 0, 0, 4);
  assertClose(link, expected.toTensor());
});

test("linkAfter() and precedenceAfter() change nothing when nothing is written", () => {
  const before = afterWrites([3, 0, 4], 5);
  const nothing = tf.zeros([1, 1, 5]);
  assertClose(linkAfter(before.link, before.precedence, nothing, offDiagonal(5)), before.link);
  assertClose(precedenceAfter(before.precedence, nothing), before.precedence);
});

test("linkAfter() keeps the diagonal at 0 and every row and column within [0, 1]", () => {
  const random = seeded(1);
  let link: tf.Tensor = tf.zeros([2, 3, 7, 7]);
  let precedence: tf.Tensor = tf.zeros([2, 3, 7]);
  for (let time = 0; time < 9; time++) {
    const weights = weightRows(random, [2, 3, 7], random());
    link = linkAfter(link, precedence, weights, offDiagonal(7));
    precedence = precedenceAfter(precedence, weights);
  }
  assertWithin(link, 0, 1);
  assertWithin(tf.sum(link, 3), 0, 1);
  assertWithin(tf.sum(link, 2), 0, 1);
  assertWithin(tf.sum(precedence, 2), 0, 1);
  assertClose(tf.mul(link, tf.eye(7)), tf.zeros([2, 3, 7, 7]), 0);
});

test("linkAfter() keeps each write head's links apart, in its own batch", () => {
  const precedence = tf.concat([oneHot(0, 5), oneHot(1, 5)], 1);
  const weights = tf.concat([oneHot(2, 5), oneHot(3, 5)], 1);
  const expected = tf.buffer([1, 2, 5, 5]);
  expected.set(1, 0, 0, 2, 0);
  expected.set(1, 0, 1, 3, 1);
  assertClose(linkAfter(tf.zeros([1, 2, 5, 5]), precedence, weights, offDiagonal(5)), expected.toTensor());
});

test("linkAfter() and precedenceAfter() have the gradients that differences give", () => {
  const random = seeded(2);
  const link = tf.mul(uniform(random, [2, 3, 5, 5], 0, 0.2), offDiagonal(5));
  const precedence = weightRows(random, [2, 3, 5], 0.7);
  const weights = weightRows(random, [2, 3, 5], 0.8);
  assertGradient(
    (...inputs) => linkAfter(inputs[0]!, inputs[1]!, inputs[2]!, offDiagonal(5)),
    [link, precedence, weights],
  );
  assertGradient(precedenceAfter, [precedence, weights]);
});
