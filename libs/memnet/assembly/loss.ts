/** The loss and the counts of an evaluation. docs/model.md §7. */

import { logistic, softplus } from "./math";
import { at, clearFew } from "./vector";

/** Sums over sequences, in order. */
export let loss: f64 = 0;
export let wrongBits: f64 = 0;
export let exact: f64 = 0;

export function clearCounts(): void {
  loss = 0;
  wrongBits = 0;
  exact = 0;
}

/**
 * Adds one sequence's loss and counts, and stores the gradient of its logits.
 *
 * @param logits   [time, sequences of the chunk, outputPad], at the sequence
 * @param targets  [time, sequences of the batch, output], at the sequence
 * @param mask     [time, sequences of the batch], at the sequence
 * @param gradient where the gradient of the first time's logits goes, or 0
 */
export function sequenceLoss(
  logits: usize, logitStride: usize, targets: usize, targetStride: usize, mask: usize, maskStride: usize,
  gradient: usize, gradientStride: usize, times: i32, output: i32, outputPad: i32,
): void {
  let wrong = 0;
  let counts = false;
  for (let time = 0; time < times; time++) {
    const counted = load<f32>(mask);
    if (counted != 0) {
      counts = true;
      const weight = f32x4.splat(counted);
      for (let bit = 0; bit < outputPad; bit += 4) {
        const o = (<usize>bit) << 2;
        let target = f32x4.splat(0);
        let lanes = min(4, output - bit);
        if (lanes >= 4) target = at(targets + o);
        else {
          // Targets are not padded; another sequence's follow.
          if (lanes > 0) target = f32x4.replace_lane(target, 0, load<f32>(targets + o));
          if (lanes > 1) target = f32x4.replace_lane(target, 1, load<f32>(targets + o, 4));
          if (lanes > 2) target = f32x4.replace_lane(target, 2, load<f32>(targets + o, 8));
          lanes = max(lanes, 0);
        }
        const y = at(logits + o);
        // softplus(y) − y·target is the same, and cancels if y is large.
        const linear = f32x4.sub(f32x4.pmax(y, f32x4.splat(0)), f32x4.mul(y, target));
        const each = f32x4.mul(weight, f32x4.add(linear, softplus(f32x4.neg(f32x4.abs(y)))));
        const miss = v128.xor(f32x4.gt(y, f32x4.splat(0)), f32x4.gt(target, f32x4.splat(0.5)));
        if (lanes > 0) loss += f32x4.extract_lane(each, 0);
        if (lanes > 1) loss += f32x4.extract_lane(each, 1);
        if (lanes > 2) loss += f32x4.extract_lane(each, 2);
        if (lanes > 3) loss += f32x4.extract_lane(each, 3);
        wrong += popcnt(i32x4.bitmask(miss) & ((1 << lanes) - 1));
        if (gradient != 0) {
          let dy = f32x4.mul(weight, f32x4.sub(logistic(y), target));
          if (lanes < 4) dy = f32x4.replace_lane(dy, 3, 0);
          if (lanes < 3) dy = f32x4.replace_lane(dy, 2, 0);
          if (lanes < 2) dy = f32x4.replace_lane(dy, 1, 0);
          if (lanes < 1) dy = f32x4.replace_lane(dy, 0, 0);
          v128.store(gradient + o, dy);
        }
      }
    } else if (gradient != 0) {
      clearFew(gradient, (<usize>outputPad) << 2);
    }
    logits += logitStride;
    gradient += gradient != 0 ? gradientStride : 0;
    targets += targetStride;
    mask += maskStride;
  }
  wrongBits += <f64>wrong;
  if (counts && wrong == 0) exact += 1;
}
