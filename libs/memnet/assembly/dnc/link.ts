/**
 * The temporal link matrix: which slot was written after which. Rows and columns are padded like slots. docs/model.md §6.5
 * and §6.6.
 */

import {
  carryLink, carryPrecedence, carryWriteWeights, dBackward, dForward, headWeights, linkBytes, slotBytes, writeLink,
  writePrecedence,
} from "../plan";
import { at, clearFew, each, laneSum, mulAdd } from "../vector";

/** Links and precedence of a write head, from its records of the time before and of this time. */
export function linkForward(before: usize, after: usize): void {
  const weights = after + headWeights;
  const precedenceBefore = before + writePrecedence;
  const precedence = after + writePrecedence;
  let link = after + writeLink;
  let linkBefore = before + writeLink;
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < slotBytes; i += 4) {
    const w = each(weights + i);
    const stay = f32x4.sub(one, w);
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const decay = f32x4.sub(stay, at(weights + o));
      v128.store(link + o, mulAdd(decay, at(linkBefore + o), f32x4.mul(w, at(precedenceBefore + o))));
    }
    store<f32>(link + i, 0);
    link += slotBytes;
    linkBefore += slotBytes;
  }
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < slotBytes; o += 16) sum = f32x4.add(sum, at(weights + o));
  const stay = f32x4.splat(<f32>1 - laneSum(sum));
  for (let o: usize = 0; o < slotBytes; o += 16) {
    v128.store(precedence + o, mulAdd(stay, at(precedenceBefore + o), at(weights + o)));
  }
}

/**
 * A read head's way along a write head's links.
 *
 * @param head    the write head's record
 * @param weights the read head's, of the time before
 */
export function followLink(head: usize, weights: usize, forward: usize, backward: usize): void {
  let link = head + writeLink;
  clearFew(backward, slotBytes);
  for (let i: usize = 0; i < slotBytes; i += 16) {
    const row1 = link + slotBytes, row2 = row1 + slotBytes, row3 = row2 + slotBytes;
    const w0 = each(weights + i), w1 = each(weights + i + 4), w2 = each(weights + i + 8), w3 = each(weights + i + 12);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const w = at(weights + o);
      const l0 = at(link + o), l1 = at(row1 + o), l2 = at(row2 + o), l3 = at(row3 + o);
      s0 = mulAdd(l0, w, s0);
      s1 = mulAdd(l1, w, s1);
      s2 = mulAdd(l2, w, s2);
      s3 = mulAdd(l3, w, s3);
      const two = mulAdd(l1, w1, f32x4.mul(l0, w0));
      const four = mulAdd(l3, w3, f32x4.mul(l2, w2));
      v128.store(backward + o, f32x4.add(at(backward + o), f32x4.add(two, four)));
    }
    v128.store(forward + i, fourSums(s0, s1, s2, s3));
    link = row3 + slotBytes;
  }
}

/**
 * Backward through `followLink`, docs/model.md §6.6, from dForward and dBackward.
 *
 * @param head     the record of write head `index`, whose dL in the carry is added to
 * @param dWeights added to
 */
export function followLinkBackward(head: usize, carry: usize, index: i32, weights: usize, dWeights: usize): void {
  let link = head + writeLink;
  let dLink = carry + carryLink + <usize>index * linkBytes;
  for (let i: usize = 0; i < slotBytes; i += 8) {
    const link1 = link + slotBytes, dLink1 = dLink + slotBytes;
    const a0 = each(dForward + i), a1 = each(dForward + i + 4);
    const w0 = each(weights + i), w1 = each(weights + i + 4);
    let s0 = f32x4.splat(0), s1 = s0;
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const w = at(weights + o);
      const b = at(dBackward + o);
      const l0 = at(link + o), l1 = at(link1 + o);
      s0 = mulAdd(l0, b, s0);
      s1 = mulAdd(l1, b, s1);
      v128.store(dWeights + o, f32x4.add(at(dWeights + o), mulAdd(a1, l1, f32x4.mul(a0, l0))));
      v128.store(dLink + o, f32x4.add(at(dLink + o), mulAdd(a0, w, f32x4.mul(w0, b))));
      v128.store(dLink1 + o, f32x4.add(at(dLink1 + o), mulAdd(a1, w, f32x4.mul(w1, b))));
    }
    store<f32>(dWeights + i, load<f32>(dWeights + i) + laneSum(s0));
    store<f32>(dWeights + i, load<f32>(dWeights + i, 4) + laneSum(s1), 4);
    link = link1 + slotBytes;
    dLink = dLink1 + slotBytes;
  }
}

/** Backward through `linkForward` of write head `index`, docs/model.md §6.5: replaces dL and dp, adds to dw^w. */
export function linkBackward(before: usize, after: usize, carry: usize, index: i32): void {
  const weights = after + headWeights;
  const precedenceBefore = before + writePrecedence;
  const dPrecedence = carry + carryPrecedence + <usize>index * slotBytes;
  const dWeights = carry + carryWriteWeights + <usize>index * slotBytes;
  let linkBefore = before + writeLink;
  let dLink = carry + carryLink + <usize>index * linkBytes;
  const one = f32x4.splat(1);
  let sum = f32x4.splat(0);
  let pulled = f32x4.splat(0);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    sum = f32x4.add(sum, at(weights + o));
    pulled = mulAdd(at(dPrecedence + o), at(precedenceBefore + o), pulled);
  }
  const stay = f32x4.splat(<f32>1 - laneSum(sum));
  const pull = f32x4.splat(laneSum(pulled));
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const dp = at(dPrecedence + o);
    v128.store(dWeights + o, f32x4.add(at(dWeights + o), f32x4.sub(dp, pull)));
    v128.store(dPrecedence + o, f32x4.mul(stay, dp));
  }
  for (let i: usize = 0; i < slotBytes; i += 4) {
    store<f32>(dLink + i, 0);
    const w = each(weights + i);
    const left = f32x4.sub(one, w);
    let row = f32x4.splat(0);
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const d = at(dLink + o);
      const l = at(linkBefore + o);
      const dl = f32x4.mul(d, l);
      row = f32x4.add(row, f32x4.sub(f32x4.mul(d, at(precedenceBefore + o)), dl));
      v128.store(dWeights + o, f32x4.sub(at(dWeights + o), dl));
      v128.store(dPrecedence + o, mulAdd(w, d, at(dPrecedence + o)));
      v128.store(dLink + o, f32x4.mul(d, f32x4.sub(left, at(weights + o))));
    }
    store<f32>(dWeights + i, load<f32>(dWeights + i) + laneSum(row));
    dLink += slotBytes;
    linkBefore += slotBytes;
  }
}

/** Each vector's lanes added up: four sums in one vector. */
// @ts-ignore: decorator
@inline function fourSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
