/** Usage: which slots hold something that is still wanted. docs/model.md §6.2. */

import {
  carryReadWeights, carryUsage, deallocate, dRetention, headScratch, headWeights, readHead, reads, retention, slotBytes,
  usage, writeHead, writes,
} from "../plan";
import { at, clearFew, each, laneSum, mulAdd } from "../vector";

/** Usage from the record of the time before and this time's free gates. */
export function usageForward(before: usize, after: usize): void {
  const one = f32x4.splat(1);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const u = at(before + usage + o);
    const filled = mulAdd(f32x4.sub(one, u), f32x4.sub(one, unwritten(before, o)), u);
    let kept = one;
    for (let head = 0; head < reads; head++) kept = f32x4.mul(kept, retained(before, after, head, o));
    v128.store(after + usage + o, f32x4.mul(filled, kept));
    if (deallocate) v128.store(after + retention + o, kept);
  }
}

/**
 * Backward through `usageForward`, docs/model.md §6.2.
 *
 * @param carry holds du, replaced by du′; dw^r of the time before is added to. With de-allocation dRetention holds dψ of
 *              the write
 * @param dFree [reads], where df goes
 */
export function usageBackward(before: usize, after: usize, carry: usize, dFree: usize): void {
  const one = f32x4.splat(1);
  // For each head the product of the factors before it, then a sum for df.
  const sums = headScratch + ((<usize>reads) << 4);
  clearFew(sums, (<usize>reads) << 4);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const u = at(before + usage + o);
    const blank = unwritten(before, o);
    const filled = mulAdd(f32x4.sub(one, u), f32x4.sub(one, blank), u);
    const du = at(carry + carryUsage + o);
    let kept = one;
    for (let head = 0; head < reads; head++) {
      v128.store(headScratch + ((<usize>head) << 4), kept);
      kept = f32x4.mul(kept, retained(before, after, head, o));
    }
    v128.store(carry + carryUsage + o, f32x4.mul(f32x4.mul(du, kept), blank));
    let dKept = f32x4.mul(du, filled);
    if (deallocate) dKept = f32x4.add(dKept, at(dRetention + o));
    let behind = one;
    for (let head = reads - 1; head >= 0; head--) {
      const d = f32x4.mul(dKept, f32x4.mul(at(headScratch + ((<usize>head) << 4)), behind));
      const sum = sums + ((<usize>head) << 4);
      v128.store(sum, f32x4.sub(at(sum), f32x4.mul(d, at(readHead(before, head) + headWeights + o))));
      const dWeights = carry + carryReadWeights + <usize>head * slotBytes + o;
      v128.store(dWeights, f32x4.sub(at(dWeights), f32x4.mul(d, each(readHead(after, head) + 4))));
      behind = f32x4.mul(behind, retained(before, after, head, o));
    }
  }
  for (let head = 0; head < reads; head++) {
    store<f32>(dFree + ((<usize>head) << 2), laneSum(at(sums + ((<usize>head) << 4))));
  }
}

/** Π_j (1 − w^w,j) */
// @ts-ignore: decorator
@inline function unwritten(before: usize, o: usize): v128 {
  const one = f32x4.splat(1);
  let product = one;
  for (let head = 0; head < writes; head++) {
    product = f32x4.mul(product, f32x4.sub(one, at(writeHead(before, head) + headWeights + o)));
  }
  return product;
}

/** 1 − f^i w^r,i */
// @ts-ignore: decorator
@inline function retained(before: usize, after: usize, head: i32, o: usize): v128 {
  const written = f32x4.mul(each(readHead(after, head) + 4), at(readHead(before, head) + headWeights + o));
  return f32x4.sub(f32x4.splat(1), written);
}
