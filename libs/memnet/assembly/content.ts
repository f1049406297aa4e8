/** Content weights: which slots look like the key. Memory is [width, slots], one slot a lane. docs/model.md §4.1. */

import { expBelow } from "./math";
import {
  dContent, dProduct, headContent, headCosine, headWeights, norms, slotBytes, slots, strideBytes, width,
  widthBytes,
} from "./plan";
import { at, each, laneMax, laneSum, mulAdd } from "./vector";

export const epsilon: f32 = 1e-6;

/** 2⁻¹⁰⁰: weights below it become 0, since processors are slow with the subnormal numbers that sharp heads make of them. */
export const negligible: f32 = 7.88860905e-31;

/** |v|; padding is 0. */
export function length(vector: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < widthBytes; o += 16) sum = mulAdd(at(vector + o), at(vector + o), sum);
  return sqrt(laneSum(sum) + epsilon);
}

/** The lengths of a record's slots. */
export function lengths(record: usize): void {
  const end = record + <usize>width * strideBytes;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    let sum = f32x4.splat(0);
    for (let m = record + o; m < end; m += strideBytes) sum = mulAdd(at(m), at(m), sum);
    v128.store(record + norms + o, f32x4.sqrt(f32x4.add(sum, f32x4.splat(epsilon))));
  }
}

/**
 * softmax_n(scale · x[n]), scale at least 0. Padding and negligible weights become 0.
 *
 * @param centred where x minus its maximum goes, or 0
 */
export function softmaxScaled(x: usize, scale: f32, to: usize, centred: usize): void {
  const bytes = slotBytes;
  const full = (<usize>(slots & ~3)) << 2;
  const rest = slots & 3;
  // The lanes of the last vector that are slots.
  const isSlot = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
  const least = f32x4.splat(f32.NEGATIVE_INFINITY);
  let most = least;
  for (let o: usize = 0; o < full; o += 16) most = f32x4.pmax(most, at(x + o));
  if (rest > 0) most = f32x4.pmax(most, v128.bitselect(at(x + full), least, isSlot));
  const largest = f32x4.splat(laneMax(most));
  const factor = f32x4.splat(scale);
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < full; o += 16) {
    // The maximum is subtracted first, so that a large scale does not give two infinities.
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
    // NaN stays NaN.
    v128.store(to + o, v128.andnot(weight, f32x4.lt(weight, tiny)));
  }
}

/**
 * The head's content weights for a record's memory, from the key and from strength and |k| in the head's record.
 *
 * @param lengths of the slots
 */
export function contentForward(record: usize, lengths: usize, key: usize, head: usize): void {
  const row = strideBytes;
  const cosine = head + headCosine;
  const end = record + <usize>width * row;
  const scale = each(head + 12);
  const small = f32x4.splat(epsilon);
  for (let o: usize = 0; o < slotBytes; o += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let k = key;
    for (let m = record + o; m < end; m += row) {
      const factor = each(k);
      s0 = mulAdd(factor, v128.load(m), s0);
      s1 = mulAdd(factor, v128.load(m, 16), s1);
      s2 = mulAdd(factor, v128.load(m, 32), s2);
      s3 = mulAdd(factor, v128.load(m, 48), s3);
      k += 4;
    }
    const slots = lengths + o;
    const to = cosine + o;
    v128.store(to, f32x4.div(s0, mulAdd(v128.load(slots), scale, small)));
    v128.store(to, f32x4.div(s1, mulAdd(v128.load(slots, 16), scale, small)), 16);
    v128.store(to, f32x4.div(s2, mulAdd(v128.load(slots, 32), scale, small)), 32);
    v128.store(to, f32x4.div(s3, mulAdd(v128.load(slots, 48), scale, small)), 48);
  }
  softmaxScaled(cosine, load<f32>(head), head + headContent, 0);
}

/** After `contentBackward`. */
export let dKeyLength: f32 = 0;

/**
 * Backward through `contentForward` from dContent to dProduct, d(M · k), and to the lengths. `keyBackward` does the rest.
 *
 * @param lengths of the slots
 * @param along   d|M| / |M| is added to it, a multiple of the memory itself
 * @returns       the gradient of the strength
 */
export function contentBackward(lengths: usize, head: usize, along: usize): f32 {
  const bytes = slotBytes;
  const weights = head + headContent;
  let mean = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) mean = mulAdd(at(weights + o), at(dContent + o), mean);
  const mid = f32x4.splat(laneSum(mean));
  const scale = each(head + 12);
  const beta = each(head);
  let strengths = f32x4.splat(0);
  let keyLengths = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    const ds = f32x4.mul(at(weights + o), f32x4.sub(at(dContent + o), mid));
    const cos = at(head + headCosine + o);
    const norm = at(lengths + o);
    strengths = mulAdd(ds, cos, strengths);
    const dp = f32x4.div(f32x4.mul(beta, ds), mulAdd(norm, scale, f32x4.splat(epsilon)));
    v128.store(dProduct + o, dp);
    const back = f32x4.mul(dp, cos);
    keyLengths = mulAdd(back, norm, keyLengths);
    v128.store(along + o, f32x4.sub(at(along + o), f32x4.div(f32x4.mul(back, scale), norm)));
  }
  dKeyLength = -laneSum(keyLengths);
  return laneSum(strengths);
}

/** The key's gradient after `contentBackward`, and what the products add to the memory's. */
export function keyBackward(record: usize, head: usize, key: usize, dKey: usize, dMemory: usize): void {
  keyAndMemory(false, record, head, key, dKey, dMemory, 0);
}

/** As `keyBackward`, and adds what the head's reading gives to the memory's gradient, docs/model.md §4.3. */
export function keyAndReadBackward(
  record: usize, head: usize, key: usize, dKey: usize, dMemory: usize, dRead: usize,
): void {
  keyAndMemory(true, record, head, key, dKey, dMemory, dRead);
}

/** @param isRead a constant, so that only its branch is compiled */
// @ts-ignore: decorator
@inline function keyAndMemory(
  isRead: bool, memory: usize, head: usize, key: usize, dKey: usize, dMemory: usize, dRead: usize,
): void {
  const bytes = slotBytes;
  const weights = head + headWeights;
  const pull = dKeyLength / load<f32>(head, 12);
  for (let w = 0; w < width; w++) {
    const k = each(key);
    const r = isRead ? each(dRead) : k;
    let s0 = f32x4.splat(0), s1 = s0;
    for (let o: usize = 0; o < bytes; o += 32) {
      const p0 = v128.load(dProduct + o), p1 = v128.load(dProduct + o, 16);
      s0 = mulAdd(p0, v128.load(memory + o), s0);
      s1 = mulAdd(p1, v128.load(memory + o, 16), s1);
      let d0 = mulAdd(k, p0, v128.load(dMemory + o)), d1 = mulAdd(k, p1, v128.load(dMemory + o, 16));
      if (isRead) {
        d0 = mulAdd(r, v128.load(weights + o), d0);
        d1 = mulAdd(r, v128.load(weights + o, 16), d1);
      }
      v128.store(dMemory + o, d0);
      v128.store(dMemory + o, d1, 16);
    }
    store<f32>(dKey, laneSum(f32x4.add(s0, s1)) + pull * load<f32>(key));
    memory += strideBytes;
    dMemory += strideBytes;
    key += 4;
    dKey += 4;
    dRead += 4;
  }
}
