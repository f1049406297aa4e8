/** The loss and the counts of an evaluation. docs/model.md §7. */

import { logistic, softplus } from "./math";
import { at, clearFew, copyFew } from "./vector";

const vector = memory.data<f32>([0, 0, 0, 0], 16);

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
        const lanes = max(0, min(4, output - bit));
        // Targets are not padded; another sequence's follow.
        copyFew(vector, targets + o, (<usize>lanes) << 2);
        const isOutput = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
        const target = v128.and(at(vector), isOutput);
        const y = at(logits + o);
        // softplus(y) − y·target is the same, and cancels if y is large.
        const linear = f32x4.sub(f32x4.pmax(y, f32x4.splat(0)), f32x4.mul(y, target));
        const each = f32x4.mul(weight, f32x4.add(linear, softplus(f32x4.neg(f32x4.abs(y)))));
        const miss = v128.xor(f32x4.gt(y, f32x4.splat(0)), f32x4.gt(target, f32x4.splat(0.5)));
        v128.store(vector, each);
        for (let lane: usize = 0; lane < (<usize>lanes) << 2; lane += 4) loss += load<f32>(vector + lane);
        wrong += popcnt(i32x4.bitmask(miss) & ((1 << lanes) - 1));
        if (gradient == 0) continue;
        v128.store(gradient + o, v128.and(f32x4.mul(weight, f32x4.sub(logistic(y), target)), isOutput));
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
