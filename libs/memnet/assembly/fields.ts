/** Fields of the interface vector: softmaxes over the few numbers of one field, and gradients of activations. */

import { expBelow } from "./math";
import { at, each } from "./vector";

/** A softmax over `count` floats, added up in order; both arrays have room for whole vectors. */
export function softmaxFew(x: usize, to: usize, count: i32): void {
  const bytes = (<usize>count) << 2;
  // In whole vectors, as in `laneMax`.
  let most = each(x);
  for (let o: usize = 4; o < bytes; o += 4) most = f32x4.pmax(most, each(x + o));
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, expBelow(f32x4.sub(at(x + o), most)));
  let sum: f32 = 0;
  for (let o: usize = 0; o < bytes; o += 4) sum += load<f32>(to + o);
  const inverse: f32 = <f32>1 / sum;
  for (let o: usize = 0; o < bytes; o += 4) store<f32>(to + o, load<f32>(to + o) * inverse);
}

/** Backward through `softmaxFew`, docs/model.md §1. */
export function softmaxFewBackward(y: usize, dy: usize, dx: usize, count: i32): void {
  const bytes = (<usize>count) << 2;
  let mean: f32 = 0;
  for (let o: usize = 0; o < bytes; o += 4) mean += load<f32>(y + o) * load<f32>(dy + o);
  for (let o: usize = 0; o < bytes; o += 4) store<f32>(dx + o, load<f32>(y + o) * (load<f32>(dy + o) - mean));
}

/** Backward through y = tanh(x), in place. */
export function tanhBackward(y: usize, d: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    const value = at(y + o);
    v128.store(d + o, f32x4.mul(at(d + o), f32x4.sub(f32x4.splat(1), f32x4.mul(value, value))));
  }
}

/** Backward through y = σ(x), in place. */
export function logisticBackward(y: usize, d: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    const value = at(y + o);
    v128.store(d + o, f32x4.mul(at(d + o), f32x4.mul(value, f32x4.sub(f32x4.splat(1), value))));
  }
}
