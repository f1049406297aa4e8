/** Content weights of a head that looks only where its mask lets it. Memory is [width, slots]. docs/model.md §6.8. */

import { contentBackward, contentForward, dKeyLength, epsilon } from "./content";
import { logistic } from "./math";
import {
  dLengths, dProduct, headLengths, headMask, headMaskedKey, headWeights, slotBytes, strideBytes, width, widthBytes,
} from "./plan";
import { at, clearFew, each, laneSum, mulAdd } from "./vector";

/** The least that a mask lets through, δ. */
const least: f32 = 0.1;

/** As `contentForward`; the head's record also gets |k ⊙ μ|. */
export function maskedForward(record: usize, key: usize, mask: usize, head: usize): void {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < widthBytes; o += 16) {
    const m = mulAdd(f32x4.splat(1 - least), logistic(at(mask + o)), f32x4.splat(least));
    const seen = f32x4.mul(at(key + o), m);
    v128.store(head + headMask + o, m);
    v128.store(head + headMaskedKey + o, f32x4.mul(seen, m));
    sum = mulAdd(seen, seen, sum);
  }
  store<f32>(head, sqrt(laneSum(sum) + epsilon), 12);
  const lengths = head + headLengths;
  const end = record + <usize>width * strideBytes;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    let sum = f32x4.splat(epsilon);
    let m = head + headMask;
    for (let place = record + o; place < end; place += strideBytes) {
      const seen = f32x4.mul(at(place), each(m));
      sum = mulAdd(seen, seen, sum);
      m += 4;
    }
    v128.store(lengths + o, f32x4.sqrt(sum));
  }
  contentForward(record, lengths, head + headMaskedKey, head);
}

/**
 * Backward through `maskedForward` from dContent to key, mask and memory.
 *
 * @returns the gradient of the strength
 */
export function maskedBackward(
  record: usize, head: usize, key: usize, dKey: usize, dMask: usize, dMemory: usize,
): f32 {
  return toFields(false, record, head, key, dKey, dMask, dMemory, 0);
}

/** As `maskedBackward`, and adds what the head's reading gives to the memory's gradient, docs/model.md §4.3. */
export function maskedAndReadBackward(
  record: usize, head: usize, key: usize, dKey: usize, dMask: usize, dMemory: usize, dRead: usize,
): f32 {
  return toFields(true, record, head, key, dKey, dMask, dMemory, dRead);
}

/** @param isRead a constant, so that only its branch is compiled */
// @ts-ignore: decorator
@inline function toFields(
  isRead: bool, memory: usize, head: usize, key: usize, dKey: usize, dMask: usize, dMemory: usize, dRead: usize,
): f32 {
  clearFew(dLengths, slotBytes);
  const dStrength = contentBackward(head + headLengths, head, dLengths);
  const pull = dKeyLength / load<f32>(head, 12);
  const weights = head + headWeights;
  let mask = head + headMask, maskedKey = head + headMaskedKey;
  for (let w = 0; w < width; w++) {
    const m = load<f32>(mask);
    const square = f32x4.splat(m * m);
    const q = each(maskedKey);
    const r = isRead ? each(dRead) : q;
    let products = f32x4.splat(0), lengths = products;
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const cell = at(memory + o), p = at(dProduct + o);
      const pulled = f32x4.mul(at(dLengths + o), cell);
      products = mulAdd(p, cell, products);
      lengths = mulAdd(pulled, cell, lengths);
      let d = mulAdd(square, pulled, mulAdd(q, p, at(dMemory + o)));
      if (isRead) d = mulAdd(r, at(weights + o), d);
      v128.store(dMemory + o, d);
    }
    const k = load<f32>(key);
    const product = laneSum(products);
    store<f32>(dKey, m * m * (product + pull * k));
    const dSquare = k * product + <f32>0.5 * (laneSum(lengths) + pull * k * k);
    store<f32>(dMask, 2 * m * dSquare * (m - least) * (1 - m) / (1 - least));
    memory += strideBytes;
    dMemory += strideBytes;
    mask += 4;
    maskedKey += 4;
    key += 4;
    dKey += 4;
    dMask += 4;
    dRead += 4;
  }
  return dStrength;
}
