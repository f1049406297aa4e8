/** Sharpening: weights to a power, as a softmax over logarithms. docs/model.md §5.2 and §6.10. */

import { epsilon, softmaxScaled } from "./content";
import { logOfNormal } from "./math";
import { slotBytes } from "./plan";
import { at, laneSum, mulAdd } from "./vector";

/** @param logs where log(weights + ε) less their maximum go, for the backward pass */
export function sharpenForward(weights: usize, exponent: f32, logs: usize, to: usize): void {
  const small = f32x4.splat(epsilon);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    v128.store(logs + o, logOfNormal(f32x4.add(at(weights + o), small)));
  }
  softmaxScaled(logs, exponent, to, logs);
}

/**
 * Backward through `sharpenForward`.
 *
 * @param sharpened its result
 * @param d         the result's gradient
 * @param to        where that of the weights goes; it may be `d`
 * @returns         the gradient of the exponent
 */
export function sharpenBackward(
  weights: usize, exponent: f32, logs: usize, sharpened: usize, d: usize, to: usize,
): f32 {
  const bytes = slotBytes;
  let mean = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) mean = mulAdd(at(sharpened + o), at(d + o), mean);
  const mid = f32x4.splat(laneSum(mean));
  const small = f32x4.splat(epsilon);
  const gamma = f32x4.splat(exponent);
  let exponents = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const du = f32x4.mul(at(sharpened + o), f32x4.sub(at(d + o), mid));
    exponents = mulAdd(du, at(logs + o), exponents);
    v128.store(to + o, f32x4.div(f32x4.mul(gamma, du), f32x4.add(at(weights + o), small)));
  }
  return laneSum(exponents);
}
