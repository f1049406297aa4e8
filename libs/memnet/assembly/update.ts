/**
 * Clips a step's gradient and updates the parameters, two numbers at a time in float64: docs/model.md §12 and §13. The
 * bits are those of `src/reduction.ts` and `src/optimizers`, since +, −, ×, ÷ and √ round the same everywhere.
 */

/** The two floats at a pointer, as float64. */
// @ts-ignore: decorator
@inline function two(pointer: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(pointer));
}

/** Rounds two float64 to float32 and stores them. */
// @ts-ignore: decorator
@inline function put(pointer: usize, pair: v128): void {
  v128.store64_lane(pointer, f32x4.demote_f64x2_zero(pair), 0);
}

/** Bytes of `count` floats in whole pairs; padding follows an odd one. */
// @ts-ignore: decorator
@inline function pairBytes(count: i32): usize {
  return (<usize>((count + 1) & ~1)) << 2;
}

/** Divides in place, rounding to float32, and returns the sum of the squares, added in order. */
export function meanOf(sum: usize, count: i32, sequences: f64): f64 {
  const divisor = f64x2.splat(sequences);
  const end = sum + pairBytes(count);
  let squares: f64 = 0;
  for (let p = sum; p < end; p += 8) {
    const mean = f32x4.demote_f64x2_zero(f64x2.div(two(p), divisor));
    v128.store64_lane(p, mean, 0);
    const wide = f64x2.promote_low_f32x4(mean);
    const square = f64x2.mul(wide, wide);
    squares += f64x2.extract_lane(square, 0);
    squares += f64x2.extract_lane(square, 1);
  }
  return squares;
}

export function scaleBy(gradient: usize, count: i32, factor: f64): void {
  const by = f64x2.splat(factor);
  const end = gradient + pairBytes(count);
  for (let p = gradient; p < end; p += 8) put(p, f64x2.mul(two(p), by));
}

/** Clips each element to −max … max. */
export function clipElements(gradient: usize, count: i32, max: f32): void {
  const most = f32x4.splat(max), least = f32x4.splat(-max);
  const end = gradient + pairBytes(count);
  for (let p = gradient; p < end; p += 8) {
    v128.store64_lane(p, f32x4.max(f32x4.min(v128.load64_zero(p), most), least), 0);
  }
}

/** v ← αv + (1−α)g². Returns √v + eps. */
// @ts-ignore: decorator
@inline
function root(v: usize, g: v128, keep: v128, take: v128, small: v128): v128 {
  put(v, f64x2.add(f64x2.mul(keep, two(v)), f64x2.mul(take, f64x2.mul(g, g))));
  return f64x2.add(f64x2.sqrt(two(v)), small);
}

/** docs/model.md §13.1. */
export function rmsprop(
  parameters: usize, gradient: usize, v: usize, count: i32, learningRate: f64, decay: f64, epsilon: f64,
): void {
  const rate = f64x2.splat(learningRate);
  const keep = f64x2.splat(decay);
  const take = f64x2.splat(1 - decay);
  const small = f64x2.splat(epsilon);
  const bytes = pairBytes(count);
  for (let o: usize = 0; o < bytes; o += 8) {
    const g = two(gradient + o);
    const divisor = root(v + o, g, keep, take, small);
    put(parameters + o, f64x2.sub(two(parameters + o), f64x2.div(f64x2.mul(rate, g), divisor)));
  }
}

/** With momentum: docs/model.md §13.1. */
export function rmspropMomentum(
  parameters: usize, gradient: usize, v: usize, b: usize, count: i32,
  learningRate: f64, decay: f64, epsilon: f64, momentum: f64,
): void {
  const rate = f64x2.splat(learningRate);
  const keep = f64x2.splat(decay);
  const take = f64x2.splat(1 - decay);
  const small = f64x2.splat(epsilon);
  const again = f64x2.splat(momentum);
  const bytes = pairBytes(count);
  for (let o: usize = 0; o < bytes; o += 8) {
    const g = two(gradient + o);
    const divisor = root(v + o, g, keep, take, small);
    put(b + o, f64x2.add(f64x2.mul(again, two(b + o)), f64x2.div(g, divisor)));
    put(parameters + o, f64x2.sub(two(parameters + o), f64x2.mul(rate, two(b + o))));
  }
}

/** docs/model.md §13.2. `correction1` is 1 − β₁ᵗ, `correction2` is 1 − β₂ᵗ. */
export function adam(
  parameters: usize, gradient: usize, m: usize, v: usize, count: i32,
  learningRate: f64, beta1: f64, beta2: f64, correction1: f64, correction2: f64, epsilon: f64,
): void {
  const rate = f64x2.splat(learningRate);
  const keep1 = f64x2.splat(beta1), take1 = f64x2.splat(1 - beta1);
  const keep2 = f64x2.splat(beta2), take2 = f64x2.splat(1 - beta2);
  const divisor1 = f64x2.splat(correction1), divisor2 = f64x2.splat(correction2);
  const small = f64x2.splat(epsilon);
  const bytes = pairBytes(count);
  for (let o: usize = 0; o < bytes; o += 8) {
    const g = two(gradient + o);
    put(m + o, f64x2.add(f64x2.mul(keep1, two(m + o)), f64x2.mul(take1, g)));
    put(v + o, f64x2.add(f64x2.mul(keep2, two(v + o)), f64x2.mul(take2, f64x2.mul(g, g))));
    const along = f64x2.mul(rate, f64x2.div(two(m + o), divisor1));
    const root = f64x2.add(f64x2.sqrt(f64x2.div(two(v + o), divisor2)), small);
    put(parameters + o, f64x2.sub(two(parameters + o), f64x2.div(along, root)));
  }
}
