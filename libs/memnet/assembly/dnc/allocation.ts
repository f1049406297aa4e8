/** Allocation: sends the next write to the least used slots first. docs/model.md §6.3. */

import { epsilon, negligible } from "../content";
import { slotBytes, slots, sorting } from "../plan";
import { at, clearFew, each, mulAdd } from "../vector";

/** Steps of usage: slots whose usage differs by rounding alone keep their order. */
const orderSteps: f32 = 4096;
/** Up to this many slots, comparing all with all is faster than counting keys in two rounds. */
const fewSlots = 64;
const slotBits = 6;

// @ts-ignore: decorator
@inline function used(seen: usize, slot: usize): f32 {
  return (1 - epsilon) * load<f32>(seen + slot) + epsilon;
}

/** A product of usages, 0 once it is negligible. */
// @ts-ignore: decorator
@inline function times(product: f32, factor: f32): f32 {
  const next = product * factor;
  return select<f32>(0, next, next < negligible);
}

/** @param order where the free list φ goes, as offsets of floats in bytes */
export function allocationForward(seen: usize, order: usize, weights: usize): void {
  sort(seen, order);
  clearFew(weights, slotBytes);
  let product: f32 = 1;
  for (let place: usize = 0; place < (<usize>slots) << 2; place += 4) {
    const slot = load<u32>(order + place);
    const v = used(seen, slot);
    store<f32>(weights + slot, (1 - v) * product);
    product = times(product, v);
  }
}

/**
 * Backward through `allocationForward`, docs/model.md §6.3: `prefix` is P, `suffix` is S.
 *
 * @param dSeen du is added to it
 */
export function allocationBackward(seen: usize, order: usize, dWeights: usize, dSeen: usize): void {
  const prefix = sorting;
  const end = (<usize>slots) << 2;
  let product: f32 = 1;
  for (let place: usize = 0; place < end; place += 4) {
    store<f32>(prefix + place, product);
    product = times(product, used(seen, load<u32>(order + place)));
  }
  let suffix: f32 = 0;
  for (let behind = end; behind > 0; behind -= 4) {
    const place = behind - 4;
    const slot = load<u32>(order + place);
    const v = used(seen, slot);
    const d = load<f32>(dWeights + slot);
    const dv = load<f32>(prefix + place) * (suffix - d);
    store<f32>(dSeen + slot, load<f32>(dSeen + slot) + (1 - epsilon) * dv);
    suffix = d * (1 - v) + v * suffix;
  }
}

/** Sorts slots by whole steps of usage, equal ones by slot. */
function sort(seen: usize, order: usize): void {
  const keys = sorting;
  const scale = f32x4.splat(1 - epsilon), least = f32x4.splat(epsilon), steps = f32x4.splat(orderSteps);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const v = mulAdd(scale, at(seen + o), least);
    const key = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.mul(v, steps)));
    v128.store(keys + o, i32x4.max_s(key, i32x4.splat(0)));
  }
  if (slots <= fewSlots) rankSort(keys, order);
  else countingSort(keys, order);
}

/**
 * Counts for each slot how many others come before it: the branches of an insertion sort depend on data, and are
 * mispredicted. The slot's number in the low bits makes all keys different, in the order of ties.
 */
function rankSort(keys: usize, order: usize): void {
  const bytes = (<usize>slots) << 2;
  const ranks = keys + slotBytes;
  let slot = i32x4(0, 1, 2, 3);
  for (let o: usize = 0; o < bytes; o += 16) {
    v128.store(keys + o, v128.or(i32x4.shl(at(keys + o), slotBits), slot));
    slot = i32x4.add(slot, i32x4.splat(4));
  }
  for (let o: usize = 0; o < bytes; o += 16) {
    const own = at(keys + o);
    let rank = i32x4.splat(0);
    for (let other: usize = 0; other < bytes; other += 4) {
      rank = i32x4.sub(rank, i32x4.gt_s(own, each(keys + other)));
    }
    v128.store(ranks + o, rank);
  }
  for (let slot: usize = 0; slot < bytes; slot += 4) {
    store<u32>(order + ((<usize>load<u32>(ranks + slot)) << 2), <u32>slot);
  }
}

/** Sorts by the lower seven bits, then by those above: usage is at most 1, or 4,096 steps, and little more by rounding. */
function countingSort(keys: usize, order: usize): void {
  const bytes = (<usize>slots) << 2;
  const halfway = sorting + bytes;
  const counts = halfway + bytes;
  for (let slot: usize = 0; slot < bytes; slot += 4) store<u32>(order + slot, <u32>slot);
  for (let shift = 0; shift <= 7; shift += 7) {
    const from = shift == 0 ? order : halfway;
    const to = shift == 0 ? halfway : order;
    memory.fill(counts, 0, 512);
    for (let slot: usize = 0; slot < bytes; slot += 4) {
      const count = counts + ((<usize>((load<i32>(keys + slot) >> shift) & 127)) << 2);
      store<u32>(count, load<u32>(count) + 4);
    }
    let sum: u32 = 0;
    for (let count = counts; count < counts + 512; count += 4) {
      const size = load<u32>(count);
      store<u32>(count, sum);
      sum += size;
    }
    for (let place: usize = 0; place < bytes; place += 4) {
      const slot = load<u32>(from + place);
      const count = counts + ((<usize>((load<i32>(keys + slot) >> shift) & 127)) << 2);
      store<u32>(to + load<u32>(count), slot);
      store<u32>(count, load<u32>(count) + 4);
    }
  }
}
