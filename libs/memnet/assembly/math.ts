/**
 * exp, log, tanh, logistic and softplus of four floats, as polynomials of operations that WebAssembly defines exactly.
 * The coefficients are those of Cephes (S. Moshier) for single precision. `math.test.ts` has the error bounds.
 *
 * Constants lie in memory, since one instruction loads a float into all four lanes. Building a constant vector takes
 * several, a sixth of exp's time in Node.js 20.
 */

import { at, each, mulAdd } from "./vector";

const zero = memory.data<f32>([0], 4);
const one = memory.data<f32>([1], 4);
const two = memory.data<f32>([2], 4);
const half = memory.data<f32>([0.5], 4);
const infinity = memory.data<f32>([f32.POSITIVE_INFINITY], 4);
const minusInfinity = memory.data<f32>([f32.NEGATIVE_INFINITY], 4);
const notANumber = memory.data<f32>([f32.NaN], 4);

const expMost = memory.data<f32>([89], 4);
const expLeast = memory.data<f32>([-105], 4);
const log2e = memory.data<f32>([1.44269504088896341], 4);
/** ln 2 in two parts; the first has few bits. */
const ln2High = memory.data<f32>([0.693359375], 4);
const ln2Low = memory.data<f32>([-2.12194440e-4], 4);
/** 1.5·2²³: adding it rounds a small number to a whole one, which is then in the low bits. */
const rounding = memory.data<f32>([12582912], 4);
const roundingBits = memory.data<i32>([0x4b400000], 4);
/** The same plus 65 + 127, so that the low bits are the exponent of a power that is 2⁶⁵ too large. */
const roundingExponent = memory.data<f32>([12583104], 4);
/** The same plus 127. */
const rounding127 = memory.data<f32>([12583039], 4);
const twoToMinus65 = memory.data<f32>([2.7105054312137611e-20], 4);
const exponentBias = memory.data<i32>([127], 4);
const expTerms = memory.data<f32>([
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
], 4);

const smallestNormal = memory.data<f32>([1.17549435e-38], 4);
const twoTo23 = memory.data<f32>([8388608], 4);
const rootHalfBits = memory.data<i32>([0x3f3504f3], 4);
const twentyThree = memory.data<i32>([23], 4);
const logTerms = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
], 4);

const tanhNear = memory.data<f32>([0.625], 4);
/** From here on 2/(e^2x + 1) vanishes next to 1. */
const tanhFar = memory.data<f32>([60], 4);
const signBit = memory.data<i32>([0x80000000], 4);
const tanhTerms = memory.data<f32>([
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
], 4);

/** Four steps of Horner's rule: each multiplies by x and adds the next coefficient after `terms`. */
// @ts-ignore: decorator
@inline function four(p: v128, x: v128, terms: usize): v128 {
  p = mulAdd(mulAdd(p, x, each(terms + 4)), x, each(terms + 8));
  return mulAdd(mulAdd(p, x, each(terms + 12)), x, each(terms + 16));
}

/** e^r, with r = x − n ln 2 for a whole number n. */
// @ts-ignore: decorator
@inline function expOfRest(x: v128, n: v128): v128 {
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, each(ln2High))), f32x4.mul(n, each(ln2Low)));
  let p = four(each(expTerms), r, expTerms);
  p = mulAdd(p, r, each(expTerms + 20));
  return f32x4.add(mulAdd(p, f32x4.mul(r, r), r), each(one));
}

/** e^x: 0 below −104, ∞ above 88.73. Subnormal results are rounded twice. */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  // pmin and pmax keep a NaN in their first operand.
  const bounded = f32x4.pmax(f32x4.pmin(x, each(expMost)), each(expLeast));
  const shifted = mulAdd(bounded, each(log2e), each(rounding));
  const p = expOfRest(bounded, f32x4.sub(shifted, each(rounding)));
  // Two factors, since 2^128 and subnormal powers have no normal bits.
  const power = i32x4.sub(shifted, each(roundingBits));
  const first = i32x4.shr_s(power, 1);
  const second = i32x4.sub(power, first);
  const scaled = f32x4.mul(p, i32x4.shl(i32x4.add(first, each(exponentBias)), 23));
  return f32x4.mul(scaled, i32x4.shl(i32x4.add(second, each(exponentBias)), 23));
}

/** e^x for x up to 0: the bits of `exp` in fewer operations. */
// @ts-ignore: decorator
@inline export function expBelow(x: v128): v128 {
  const bounded = f32x4.pmax(x, each(expLeast));
  const shifted = mulAdd(bounded, each(log2e), each(roundingExponent));
  const p = expOfRest(bounded, f32x4.sub(shifted, each(roundingExponent)));
  return f32x4.mul(f32x4.mul(p, i32x4.shl(shifted, 23)), each(twoToMinus65));
}

/** e^x for x from 0 to 88: the bits of `exp` in fewer operations. */
// @ts-ignore: decorator
@inline function expFromZero(x: v128): v128 {
  const shifted = mulAdd(x, each(log2e), each(rounding127));
  const p = expOfRest(x, f32x4.sub(shifted, each(rounding127)));
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

/** ln(1 + f) + e ln 2, with 1 + f between √½ and √2. */
// @ts-ignore: decorator
@inline function logOfParts(f: v128, e: v128): v128 {
  const z = f32x4.mul(f, f);
  const p = four(four(each(logTerms), f, logTerms), f, logTerms + 16);
  let y = f32x4.mul(f32x4.mul(f, z), p);
  y = mulAdd(e, each(ln2Low), y);
  y = f32x4.sub(y, f32x4.mul(z, each(half)));
  return mulAdd(e, each(ln2High), f32x4.add(f, y));
}

/** Natural logarithm of a normal float, ∞ or NaN: the bits of `log` in fewer operations. */
// @ts-ignore: decorator
@inline export function logOfNormal(x: v128): v128 {
  const power = i32x4.shr_s(i32x4.sub(x, each(rootHalfBits)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(power, 23)), each(one));
  return v128.bitselect(logOfParts(f, f32x4.convert_i32x4_s(power)), x, f32x4.lt(x, each(infinity)));
}

/** Natural logarithm; −∞ at 0, NaN below. */
// @ts-ignore: decorator
@inline export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, each(smallestNormal));
  const normal = v128.bitselect(f32x4.mul(x, each(twoTo23)), x, tiny);
  // This exponent leaves a mantissa between √½ and √2.
  const power = i32x4.shr_s(i32x4.sub(normal, each(rootHalfBits)), 23);
  const f = f32x4.sub(i32x4.sub(normal, i32x4.shl(power, 23)), each(one));
  const e = f32x4.convert_i32x4_s(i32x4.sub(power, v128.and(tiny, each(twentyThree))));
  let y = logOfParts(f, e);
  // The rest: ∞ and NaN give themselves, 0 gives −∞, negative numbers NaN.
  y = v128.bitselect(y, x, f32x4.lt(x, each(infinity)));
  y = v128.bitselect(each(minusInfinity), y, f32x4.eq(x, each(zero)));
  return v128.bitselect(each(notANumber), y, f32x4.lt(x, each(zero)));
}

// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  const p = four(each(tanhTerms), z, tanhTerms);
  const near = mulAdd(f32x4.mul(p, z), x, x);
  const e = expFromZero(f32x4.pmin(f32x4.add(size, size), each(tanhFar)));
  const far = f32x4.sub(each(one), f32x4.div(each(two), f32x4.add(e, each(one))));
  const signed = v128.or(far, v128.and(x, each(signBit)));
  return v128.bitselect(near, signed, f32x4.lt(size, each(tanhNear)));
}

/** σ(x), by e^−|x|, so that small results keep their digits. */
// @ts-ignore: decorator
@inline export function logistic(x: v128): v128 {
  const e = expBelow(f32x4.neg(f32x4.abs(x)));
  const over = v128.bitselect(each(one), e, f32x4.ge(x, each(zero)));
  return f32x4.div(over, f32x4.add(each(one), e));
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|). */
// @ts-ignore: decorator
@inline export function softplus(x: v128): v128 {
  const e = expBelow(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(each(one), e);
  // log(u), plus the part of e that rounding u lost.
  const l = f32x4.add(logOfNormal(u), f32x4.div(f32x4.sub(e, f32x4.sub(u, each(one))), u));
  return f32x4.add(f32x4.pmax(x, each(zero)), l);
}

/** The address after the constants. */
export function constantsEnd(): usize {
  return __heap_base;
}

/** For tests: applies function 0 … 5 to `count` floats, a multiple of 4. */
export function apply(which: i32, from: usize, to: usize, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const x = at(from + i);
    let y = exp(x);
    if (which == 1) y = log(x);
    if (which == 2) y = tanh(x);
    if (which == 3) y = logistic(x);
    if (which == 4) y = softplus(x);
    if (which == 5) y = expBelow(x);
    v128.store(to + i, y);
  }
}
