/**
 * Content weights: which slots look like the key. Memory lies [width, slots], a slot a lane.
 *
 * docs/model.md §4.1.
 * NTM: arXiv 1410.5401, section 3.3.1. DNC: Nature 538, Methods, "Content-based addressing", C(M, k, β).
 */

import { expBelow } from "./math";
import { slots, slotsPad, stride, width } from "./plan";
import { at, each, laneMax, laneSum, mulAdd } from "./vector";

export const epsilon: f32 = 1e-6;

/**
 * 2⁻¹⁰⁰: weights below it become 0. Beside ε and beside the largest weight they are nothing to a float, and what sharp
 * heads make of them is subnormal, with which a processor takes many times longer.
 */
export const negligible: f32 = 7.88860905e-31;

/** √(Σ v² + ε) */
export function length(vector: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < (<usize>width) << 2; o += 16) sum = mulAdd(at(vector + o), at(vector + o), sum);
  return sqrt(laneSum(sum) + epsilon);
}

/** Lengths of all slots, √(|M[n]|² + ε). */
export function lengths(memory: usize, norms: usize): void {
  const row = (<usize>stride) << 2;
  const end = memory + <usize>width * row;
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 16) {
    let sum = f32x4.splat(0);
    for (let m = memory + o; m < end; m += row) sum = mulAdd(at(m), at(m), sum);
    v128.store(norms + o, f32x4.sqrt(f32x4.add(sum, f32x4.splat(epsilon))));
  }
}

/**
 * softmax_n(scale · x[n]), scale at least 0; where `centred`, x − its largest is kept there. Padding, and what is
 * negligible, becomes 0.
 */
export function softmaxScaled(x: usize, scale: f32, to: usize, centred: usize): void {
  const bytes = (<usize>slotsPad) << 2;
  const full = (<usize>(slots & ~3)) << 2;
  const rest = slots & 3;
  // Which lanes of the last vector are slots.
  const isSlot = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
  const least = f32x4.splat(f32.NEGATIVE_INFINITY);
  let most = least;
  for (let o: usize = 0; o < full; o += 16) most = f32x4.pmax(most, at(x + o));
  if (rest > 0) most = f32x4.pmax(most, v128.bitselect(at(x + full), least, isSlot));
  const largest = f32x4.splat(laneMax(most));
  const factor = f32x4.splat(scale);
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < full; o += 16) {
    // The largest is taken off first: a large scale cannot make two infinities.
    const off = f32x4.sub(at(x + o), largest);
    if (centred != 0) v128.store(centred + o, off);
    const e = expBelow(f32x4.mul(factor, off));
    v128.store(to + o, e);
    sum = f32x4.add(sum, e);
  }
  if (full < bytes) {
    const off = f32x4.sub(at(x + full), largest);
    const e = v128.and(expBelow(f32x4.mul(factor, off)), isSlot);
    memory.fill(to + full, 0, bytes - full);
    v128.store(to + full, e);
    sum = f32x4.add(sum, e);
    if (centred != 0) {
      memory.fill(centred + full, 0, bytes - full);
      v128.store(centred + full, v128.and(off, isSlot));
    }
  }
  const inverse = f32x4.splat(<f32>1 / laneSum(sum));
  const tiny = f32x4.splat(negligible);
  for (let o: usize = 0; o < bytes; o += 16) {
    const weight = f32x4.mul(at(to + o), inverse);
    // A NaN stays one.
    v128.store(to + o, v128.andnot(weight, f32x4.lt(weight, tiny)));
  }
}

/**
 * C(M, k, β) = softmax_n(β cos[n]), cos[n] = M[n]·k / (|M[n]| |k| + ε).
 *
 * @param cosine  where cos is kept
 * @param weights where C goes
 */
export function contentForward(
  memory: usize, norms: usize, key: usize, keyLength: f32, strength: f32, cosine: usize, weights: usize,
): void {
  const row = (<usize>stride) << 2;
  const end = memory + <usize>width * row;
  const scale = f32x4.splat(keyLength);
  const small = f32x4.splat(epsilon);
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let k = key;
    for (let m = memory + o; m < end; m += row) {
      const factor = each(k);
      s0 = mulAdd(factor, v128.load(m), s0);
      s1 = mulAdd(factor, v128.load(m, 16), s1);
      s2 = mulAdd(factor, v128.load(m, 32), s2);
      s3 = mulAdd(factor, v128.load(m, 48), s3);
      k += 4;
    }
    const lengths = norms + o;
    const to = cosine + o;
    v128.store(to, f32x4.div(s0, mulAdd(v128.load(lengths), scale, small)));
    v128.store(to, f32x4.div(s1, mulAdd(v128.load(lengths, 16), scale, small)), 16);
    v128.store(to, f32x4.div(s2, mulAdd(v128.load(lengths, 32), scale, small)), 32);
    v128.store(to, f32x4.div(s3, mulAdd(v128.load(lengths, 48), scale, small)), 48);
  }
  softmaxScaled(cosine, strength, weights, 0);
}

/** What `contentBackward` leaves beside its arrays. */
export let dStrength: f32 = 0;
export let dKeyLength: f32 = 0;

/**
 * Backward from the content weights to strength, products and lengths, docs/model.md §4.1. `keyBackward` goes on from
 * there to key and memory.
 *
 * @param dWeights dC
 * @param dProduct where d(M·k) goes
 * @param along    where d|M| / |M| is added: what of the memory itself comes into its gradient
 */
export function contentBackward(
  norms: usize, keyLength: f32, strength: f32, cosine: usize, weights: usize, dWeights: usize,
  dProduct: usize, along: usize,
): void {
  const bytes = (<usize>slotsPad) << 2;
  let mean = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) mean = mulAdd(at(weights + o), at(dWeights + o), mean);
  const mid = f32x4.splat(laneSum(mean));
  const scale = f32x4.splat(keyLength);
  const beta = f32x4.splat(strength);
  let strengths = f32x4.splat(0);
  let keyLengths = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const ds = f32x4.mul(at(weights + o), f32x4.sub(at(dWeights + o), mid));
    const cos = at(cosine + o);
    const norm = at(norms + o);
    strengths = mulAdd(ds, cos, strengths);
    const dp = f32x4.div(f32x4.mul(beta, ds), mulAdd(norm, scale, f32x4.splat(epsilon)));
    v128.store(dProduct + o, dp);
    const back = f32x4.mul(dp, cos);
    keyLengths = mulAdd(back, norm, keyLengths);
    v128.store(along + o, f32x4.sub(at(along + o), f32x4.div(f32x4.mul(back, scale), norm)));
  }
  dStrength = laneSum(strengths);
  dKeyLength = -laneSum(keyLengths);
}

/** The key's gradient, docs/model.md §4.1, and what the products add to the memory's. */
export function keyBackward(
  memory: usize, dMemory: usize, dProduct: usize, key: usize, keyLength: f32, dKey: usize,
): void {
  const row = (<usize>stride) << 2;
  const bytes = (<usize>slotsPad) << 2;
  const pull = dKeyLength / keyLength;
  for (let w = 0; w < width; w++) {
    const k = each(key);
    let s0 = f32x4.splat(0), s1 = s0;
    for (let o: usize = 0; o < bytes; o += 32) {
      const p0 = v128.load(dProduct + o), p1 = v128.load(dProduct + o, 16);
      s0 = mulAdd(p0, v128.load(memory + o), s0);
      s1 = mulAdd(p1, v128.load(memory + o, 16), s1);
      v128.store(dMemory + o, mulAdd(k, p0, v128.load(dMemory + o)));
      v128.store(dMemory + o, mulAdd(k, p1, v128.load(dMemory + o, 16)), 16);
    }
    store<f32>(dKey, laneSum(f32x4.add(s0, s1)) + pull * load<f32>(key));
    memory += row;
    dMemory += row;
    key += 4;
    dKey += 4;
  }
}

/** As `keyBackward`, and adds what the head's reading gives to the memory's gradient, docs/model.md §4.3. */
export function keyAndReadBackward(
  memory: usize, dMemory: usize, dProduct: usize, key: usize, keyLength: f32, dKey: usize,
  weights: usize, dRead: usize,
): void {
  const row = (<usize>stride) << 2;
  const bytes = (<usize>slotsPad) << 2;
  const pull = dKeyLength / keyLength;
  for (let w = 0; w < width; w++) {
    const k = each(key);
    const r = each(dRead);
    let s0 = f32x4.splat(0), s1 = s0;
    for (let o: usize = 0; o < bytes; o += 32) {
      const p0 = v128.load(dProduct + o), p1 = v128.load(dProduct + o, 16);
      const w0 = v128.load(weights + o), w1 = v128.load(weights + o, 16);
      s0 = mulAdd(p0, v128.load(memory + o), s0);
      s1 = mulAdd(p1, v128.load(memory + o, 16), s1);
      v128.store(dMemory + o, mulAdd(r, w0, mulAdd(k, p0, v128.load(dMemory + o))));
      v128.store(dMemory + o, mulAdd(r, w1, mulAdd(k, p1, v128.load(dMemory + o, 16))), 16);
    }
    store<f32>(dKey, laneSum(f32x4.add(s0, s1)) + pull * load<f32>(key));
    memory += row;
    dMemory += row;
    key += 4;
    dKey += 4;
    dRead += 4;
  }
}
