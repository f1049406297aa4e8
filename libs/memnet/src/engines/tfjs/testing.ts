/** For the tests of this folder: seeded tensors, comparisons, numeric gradients. */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { assert } from "../../assert.ts";
import { loadBackend } from "./backend.ts";
import { mul } from "./ops.ts";
import { differentiated } from "./tape.ts";

await loadBackend("cpu");

export type Random = () => number;

/** Numbers in [0, 1) from a seed, by mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform in [low, high). */
export function uniform(random: Random, shape: number[], low = 0, high = 1): Tensor {
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => low + (high - low) * random()),
    shape,
  );
}

/** Rows over the last axis that are positive with sum `total`. */
export function weightRows(random: Random, shape: number[], total = 1): Tensor {
  return tf.mul(tf.softmax(uniform(random, shape, -2, 2)), total);
}

/** One row that is 1 at one slot: [1, 1, slots]. */
export function oneHot(place: number, slots: number): Tensor {
  return tf.tensor([[Array.from({ length: slots }, (_, slot) => (slot === place ? 1 : 0))]]);
}

export function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.dataSync());
}

export function assertClose(actual: Tensor, expected: Tensor | readonly number[], tolerance = 1e-6): void {
  const wanted = expected instanceof tf.Tensor ? numbers(expected) : expected;
  const shape = expected instanceof tf.Tensor ? expected.shape : actual.shape;
  assert(`${actual.shape}` === `${shape}`, `the shape is [${actual.shape}], not [${shape}]`);
  assert(actual.size === wanted.length, `there are ${actual.size} elements, not ${wanted.length}`);
  for (const [index, value] of numbers(actual).entries()) {
    const isClose = Math.abs(value - wanted[index]!) <= tolerance;
    assert(isClose, `element ${index}: ${value} is not ${wanted[index]} ± ${tolerance}`);
  }
}

/** Asserts that every element is in [low, high], give or take rounding. */
export function assertWithin(tensor: Tensor, low: number, high: number): void {
  for (const value of numbers(tensor)) assert(value >= low - 1e-6 && value <= high + 1e-6, `${value}`);
}

/**
 * Compares the gradient of a randomly weighted sum of the output with central differences, along a random direction for
 * each input in turn.
 */
export function assertGradient(
  compute: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { step = 1e-2, tolerance = 5e-3, seed = 1 } = {},
): void {
  const random = seeded(seed);
  const mix = uniform(random, compute(...inputs).shape, -1, 1);
  const mixed = (...values: Tensor[]): number =>
    numbers(compute(...values)).reduce((sum, value, index) => sum + value * mix.dataSync()[index]!, 0);
  // The tape starts from ones, so the gradient is that of the sum.
  const { gradients } = differentiated(() => mul(compute(...inputs), mix), inputs);
  for (const [index, input] of inputs.entries()) {
    const direction = uniform(random, input.shape, -1, 1);
    const moved = (by: number) => mixed(...inputs.with(index, tf.add(input, tf.mul(by, direction))));
    const numeric = (moved(step) - moved(-step)) / (2 * step);
    const along = tf.sum(tf.mul(gradients[index]!, direction)).dataSync()[0]!;
    assert(
      Math.abs(numeric - along) <= tolerance * Math.max(1, Math.abs(numeric)),
      `input ${index}: the gradient along a direction is ${along}, by differences ${numeric}`,
    );
  }
}
