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
import { readWeights } from "./read.ts";

const [backwardMode, forwardMode, contentMode] = [oneHot(0, 3), oneHot(1, 3), oneHot(2, 3)];

/** The link matrix after one-hot writes to these slots in order, [1, 1, slots, slots]. */
function linkOf(places: readonly number[], slots: number): tf.Tensor {
  let link: tf.Tensor = tf.zeros([1, 1, slots, slots]);
  let precedence: tf.Tensor = tf.zeros([1, 1, slots]);
  for (const place of places) {
    const weights = oneHot(place, slots);
    link = linkAfter(link, precedence, weights, tf.sub(1, tf.eye(slots)));
    precedence = precedenceAfter(precedence, weights);
  }
  return link;
}

test("readWeights() walks forward through slots in the order they were written: Nature 538, Methods, f_t", () => {
  const places = [3, 0, 4, 1];
  const link = linkOf(places, 5);
  let weights = oneHot(3, 5);
  for (const place of places.slice(1)) {
    weights = readWeights(link, weights, oneHot(2, 5), forwardMode);
    assertClose(weights, oneHot(place, 5));
  }
});

test("readWeights() walks backward: Nature 538, Methods, b_t", () => {
  const places = [3, 0, 4, 1];
  const link = linkOf(places, 5);
  let weights = oneHot(1, 5);
  for (const place of places.slice(0, -1).reverse()) {
    weights = readWeights(link, weights, oneHot(2, 5), backwardMode);
    assertClose(weights, oneHot(place, 5));
  }
});

test("readWeights() in content mode are content's, and modes mix", () => {
  const link = linkOf([3, 0, 4], 5);
  assertClose(readWeights(link, oneHot(0, 5), oneHot(2, 5), contentMode), oneHot(2, 5));
  const mixed = readWeights(link, oneHot(0, 5), oneHot(2, 5), tf.tensor([[[0.5, 0.3, 0.2]]]));
  assertClose(mixed, [0, 0, 0.2, 0.5, 0.3]);
});

test("readWeights() has a backward and a forward mode for each write head, backward ones first", () => {
  const link = tf.concat([linkOf([3, 0, 4], 5), linkOf([1, 0, 2], 5)], 1);
  const slots = [3, 1, 4, 2, 0];
  const content = oneHot(0, 5);
  for (const [mode, slot] of slots.entries()) {
    assertClose(readWeights(link, oneHot(0, 5), content, oneHot(mode, 5)), oneHot(slot, 5));
  }
});

test("readWeights() stay within [0, 1] with sum at most 1", () => {
  const random = seeded(1);
  // Rows and columns of sum at most 1.
  const link = tf.div(uniform(random, [2, 3, 7, 7]), 7);
  const weights = readWeights(
    link,
    weightRows(random, [2, 5, 7]),
    weightRows(random, [2, 5, 7]),
    weightRows(random, [2, 5, 7]),
  );
  assertWithin(weights, 0, 1);
  assertWithin(tf.sum(weights, 2), 0, 1);
});

test("readWeights() has the gradient that differences give", () => {
  const random = seeded(2);
  for (const writes of [1, 2]) {
    assertGradient(readWeights, [
      tf.div(uniform(random, [2, writes, 5, 5]), 5),
      weightRows(random, [2, 4, 5]),
      weightRows(random, [2, 4, 5]),
      weightRows(random, [2, 4, 2 * writes + 1]),
    ]);
  }
});
