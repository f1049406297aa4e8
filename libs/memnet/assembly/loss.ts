/** The loss and the counts of an evaluation. docs/model.md §7. */

import { logistic, softplus } from "./math";
import * as plan from "./plan";
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
 * Adds the loss and counts of sequence `index` of a chunk, and stores the gradient of its logits.
 *
 * @param first    the chunk's first sequence in the batch
 * @param count    sequences of the chunk
 * @param dLogits  where the gradient of the first time's logits goes, or 0
 */
export function sequenceLoss(
  times: i32, sequences: i32, first: i32, count: i32, index: i32, dLogits: usize,
): void {
  let logits = plan.logits + <usize>index * plan.outputBytes;
  let targets = plan.batchY + ((<usize>((first + index) * plan.output)) << 2);
  let mask = plan.batchMask + ((<usize>(first + index)) << 2);
  let wrong = 0;
  let counts = false;
  for (let time = 0; time < times; time++) {
    const counted = load<f32>(mask);
    if (counted != 0) {
      counts = true;
      const weight = f32x4.splat(counted);
      for (let bit = 0; bit < plan.outputPad; bit += 4) {
        const o = (<usize>bit) << 2;
        const lanes = max(0, min(4, plan.output - bit));
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
        if (dLogits == 0) continue;
        v128.store(dLogits + o, v128.and(f32x4.mul(weight, f32x4.sub(logistic(y), target)), isOutput));
      }
    } else if (dLogits != 0) {
      clearFew(dLogits, plan.outputBytes);
    }
    logits += <usize>count * plan.outputBytes;
    targets += (<usize>(sequences * plan.output)) << 2;
    mask += (<usize>sequences) << 2;
    if (dLogits != 0) dLogits += <usize>count * plan.backBytes;
  }
  wrongBits += <f64>wrong;
  if (counts && wrong == 0) exact += 1;
}
