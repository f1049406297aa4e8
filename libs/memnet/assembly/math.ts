/**
 * exp, log, tanh, logistic and softplus of four floats, as polynomials: only operations that WebAssembly defines to
 * the bit. Coefficients are those of Cephes (S. Moshier) for single precision. `math.test.ts` holds the bounds.
 */

import { at, mulAdd } from "./vector";

/** e^x: 0 below −104, ∞ above 88.73, subnormal results rounded once more. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  // pmin and pmax keep a NaN in their first operand.
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-105));
  // Adding 1.5·2²³ rounds to a whole number, which then lies in the low bits.
  const shifted = mulAdd(bounded, f32x4.splat(1.44269504088896341), f32x4.splat(12582912));
  const whole = f32x4.sub(shifted, f32x4.splat(12582912));
  const power = i32x4.sub(shifted, i32x4.splat(0x4b400000));
  const r = f32x4.sub(
    f32x4.sub(bounded, f32x4.mul(whole, f32x4.splat(0.693359375))),
    f32x4.mul(whole, f32x4.splat(-2.12194440e-4)),
  );
  let p = f32x4.splat(1.9875691500e-4);
  p = mulAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = mulAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = mulAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = mulAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = mulAdd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(mulAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  // In two factors, so that 2^128 and subnormal powers have bits of their own.
  const half = i32x4.shr_s(power, 1);
  const rest = i32x4.sub(power, half);
  const bias = i32x4.splat(127);
  const scaled = f32x4.mul(p, i32x4.shl(i32x4.add(half, bias), 23));
  return f32x4.mul(scaled, i32x4.shl(i32x4.add(rest, bias), 23));
}

/** Natural logarithm; −∞ at 0, NaN below. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  // The exponent that leaves a mantissa between √½ and √2.
  const power = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(power, 23)), f32x4.splat(1));
  const e = f32x4.convert_i32x4_s(i32x4.sub(power, v128.and(tiny, i32x4.splat(23))));
  const z = f32x4.mul(f, f);
  let p = f32x4.splat(7.0376836292e-2);
  p = mulAdd(p, f, f32x4.splat(-1.1514610310e-1));
  p = mulAdd(p, f, f32x4.splat(1.1676998740e-1));
  p = mulAdd(p, f, f32x4.splat(-1.2420140846e-1));
  p = mulAdd(p, f, f32x4.splat(1.4249322787e-1));
  p = mulAdd(p, f, f32x4.splat(-1.6668057665e-1));
  p = mulAdd(p, f, f32x4.splat(2.0000714765e-1));
  p = mulAdd(p, f, f32x4.splat(-2.4999993993e-1));
  p = mulAdd(p, f, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(f, z), p);
  y = mulAdd(e, f32x4.splat(-2.12194440e-4), y);
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  y = mulAdd(e, f32x4.splat(0.693359375), f32x4.add(f, y));
  // What is not between 0 and ∞: itself for ∞ and NaN, −∞ for 0, NaN below.
  const zero = f32x4.splat(0);
  const infinite = f32x4.splat(f32.POSITIVE_INFINITY);
  y = v128.bitselect(y, x, f32x4.lt(x, infinite));
  y = v128.bitselect(f32x4.splat(f32.NEGATIVE_INFINITY), y, f32x4.eq(x, zero));
  return v128.bitselect(f32x4.splat(f32.NaN), y, f32x4.lt(x, zero));
}

// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = mulAdd(p, z, f32x4.splat(2.06390887954e-2));
  p = mulAdd(p, z, f32x4.splat(-5.37397155531e-2));
  p = mulAdd(p, z, f32x4.splat(1.33314422036e-1));
  p = mulAdd(p, z, f32x4.splat(-3.33332819422e-1));
  const near = mulAdd(f32x4.mul(p, z), x, x);
  const one = f32x4.splat(1);
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exp(f32x4.add(size, size)), one)));
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)));
}

/** σ(x) = 1 / (1 + e^−x), by e^−|x|, so that its lower end keeps its digits. */
// @ts-ignore: decorator
@inline
export function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const over = v128.bitselect(one, e, f32x4.ge(x, f32x4.splat(0)));
  return f32x4.div(over, f32x4.add(one, e));
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|). */
// @ts-ignore: decorator
@inline
export function softplus(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(one, e);
  // log(u), and what rounding u lost of e.
  const l = f32x4.add(log(u), f32x4.div(f32x4.sub(e, f32x4.sub(u, one)), u));
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), l);
}

/** For tests: function 0 … 4 in the order above, from one place to another, `count` floats, a multiple of 4. */
export function apply(which: i32, from: usize, to: usize, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const x = at(from + i);
    let y = exp(x);
    if (which == 1) y = log(x);
    if (which == 2) y = tanh(x);
    if (which == 3) y = logistic(x);
    if (which == 4) y = softplus(x);
    v128.store(to + i, y);
  }
}
