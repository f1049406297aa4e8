/**
 * Writing: every write head erases, then every write head adds. Memory lies [width, slots].
 *
 * docs/model.md §4.2. NTM: arXiv 1410.5401, section 3.2. DNC: Nature 538, Methods, "Memory writing".
 */

import { epsilon } from "./content";
import { slotsPad, stride, width, writes } from "./plan";
import { at, clearFew, each, laneSum, mulAdd } from "./vector";

/**
 * M = M′ ⊙ Π_j (1 − w^j ⊗ e^j) + Σ_j w^j ⊗ a^j, and the new lengths √(|M[n]|² + ε).
 *
 * @param weights     the first head's; the others' lie `weightBytes` apart
 * @param erase, add  the first head's; the others' lie `fieldBytes` apart
 */
export function writeForward(
  before: usize, after: usize, norms: usize, weights: usize, weightBytes: usize,
  erase: usize, add: usize, fieldBytes: usize,
): void {
  if (writes > 1) return writeForwardMany(before, after, norms, weights, weightBytes, erase, add, fieldBytes);
  const row = (<usize>stride) << 2;
  const one = f32x4.splat(1);
  const small = f32x4.splat(epsilon);
  const across = <usize>width * row;
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 32) {
    const w0 = v128.load(weights + o), w1 = v128.load(weights + o, 16);
    let s0 = f32x4.splat(0), s1 = s0;
    let e = erase;
    let a = add;
    for (let m: usize = o; m < across + o; m += row) {
      const ew = each(e), aw = each(a);
      const m0 = mulAdd(v128.load(before + m), f32x4.sub(one, f32x4.mul(w0, ew)), f32x4.mul(w0, aw));
      const m1 = mulAdd(v128.load(before + m, 16), f32x4.sub(one, f32x4.mul(w1, ew)), f32x4.mul(w1, aw));
      v128.store(after + m, m0);
      v128.store(after + m, m1, 16);
      s0 = mulAdd(m0, m0, s0);
      s1 = mulAdd(m1, m1, s1);
      e += 4;
      a += 4;
    }
    v128.store(norms + o, f32x4.sqrt(f32x4.add(s0, small)));
    v128.store(norms + o, f32x4.sqrt(f32x4.add(s1, small)), 16);
  }
}

function writeForwardMany(
  before: usize, after: usize, norms: usize, weights: usize, weightBytes: usize,
  erase: usize, add: usize, fieldBytes: usize,
): void {
  const row = (<usize>stride) << 2;
  const one = f32x4.splat(1);
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 16) {
    let sum = f32x4.splat(0);
    for (let w = 0; w < width; w++) {
      const place = <usize>w * row + o;
      const field = (<usize>w) << 2;
      let kept = one;
      let added = f32x4.splat(0);
      for (let head = 0; head < writes; head++) {
        const weight = at(weights + <usize>head * weightBytes + o);
        kept = f32x4.mul(kept, f32x4.sub(one, f32x4.mul(weight, each(erase + <usize>head * fieldBytes + field))));
        added = mulAdd(weight, each(add + <usize>head * fieldBytes + field), added);
      }
      const m = mulAdd(at(before + place), kept, added);
      v128.store(after + place, m);
      sum = mulAdd(m, m, sum);
    }
    v128.store(norms + o, f32x4.sqrt(f32x4.add(sum, f32x4.splat(epsilon))));
  }
}

/**
 * Backward through `writeForward`, docs/model.md §4.2. First dM[n] gets along[n] M[n].
 *
 * @param dMemory  dM, replaced by dM′
 * @param dWeights the first head's; the others' lie `dWeightBytes` apart
 * @param others   scratch for two vectors a head
 */
export function writeBackward(
  before: usize, after: usize, dMemory: usize, along: usize, weights: usize, weightBytes: usize,
  erase: usize, add: usize, fieldBytes: usize, dWeights: usize, dWeightBytes: usize, dErase: usize, dAdd: usize,
  others: usize,
): void {
  const row = (<usize>stride) << 2;
  const bytes = (<usize>slotsPad) << 2;
  const one = f32x4.splat(1);
  if (writes > 1) {
    return writeBackwardMany(
      before, after, dMemory, along, weights, weightBytes, erase, add, fieldBytes,
      dWeights, dWeightBytes, dErase, dAdd, others,
    );
  }
  for (let w = 0; w < width; w++) {
    const e = each(erase);
    const a = each(add);
    let sumErase = f32x4.splat(0);
    let sumAdd = sumErase;
    for (let o: usize = 0; o < bytes; o += 16) {
      const weight = at(weights + o);
      const m = at(before + o);
      const d = mulAdd(at(along + o), at(after + o), at(dMemory + o));
      v128.store(dWeights + o, mulAdd(d, f32x4.sub(a, f32x4.mul(m, e)), at(dWeights + o)));
      const dw = f32x4.mul(d, weight);
      sumAdd = f32x4.add(sumAdd, dw);
      sumErase = mulAdd(dw, m, sumErase);
      v128.store(dMemory + o, f32x4.sub(d, f32x4.mul(dw, e)));
    }
    store<f32>(dErase, -laneSum(sumErase));
    store<f32>(dAdd, laneSum(sumAdd));
    before += row;
    after += row;
    dMemory += row;
    erase += 4;
    add += 4;
    dErase += 4;
    dAdd += 4;
  }
}

function writeBackwardMany(
  before: usize, after: usize, dMemory: usize, along: usize, weights: usize, weightBytes: usize,
  erase: usize, add: usize, fieldBytes: usize, dWeights: usize, dWeightBytes: usize, dErase: usize, dAdd: usize,
  others: usize,
): void {
  const row = (<usize>stride) << 2;
  const one = f32x4.splat(1);
  // For each head the product before it, and sums of de and da.
  const sums = others + ((<usize>writes) << 4);
  for (let w = 0; w < width; w++) {
    const field = (<usize>w) << 2;
    clearFew(sums, (<usize>writes) << 5);
    for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 16) {
      const m = at(before + o);
      const d = mulAdd(at(along + o), at(after + o), at(dMemory + o));
      let product = one;
      for (let head = 0; head < writes; head++) {
        v128.store(others + ((<usize>head) << 4), product);
        const weight = at(weights + <usize>head * weightBytes + o);
        product = f32x4.mul(
          product,
          f32x4.sub(one, f32x4.mul(weight, each(erase + <usize>head * fieldBytes + field))),
        );
      }
      v128.store(dMemory + o, f32x4.mul(d, product));
      let behind = one;
      for (let head = writes - 1; head >= 0; head--) {
        const weight = at(weights + <usize>head * weightBytes + o);
        const e = each(erase + <usize>head * fieldBytes + field);
        const a = each(add + <usize>head * fieldBytes + field);
        const kept = f32x4.mul(m, f32x4.mul(at(others + ((<usize>head) << 4)), behind));
        const to = dWeights + <usize>head * dWeightBytes + o;
        v128.store(to, mulAdd(d, f32x4.sub(a, f32x4.mul(kept, e)), at(to)));
        const dw = f32x4.mul(d, weight);
        const sum = sums + ((<usize>head) << 5);
        v128.store(sum, mulAdd(dw, kept, at(sum)));
        v128.store(sum, f32x4.add(at(sum + 16), dw), 16);
        behind = f32x4.mul(behind, f32x4.sub(one, f32x4.mul(weight, e)));
      }
    }
    for (let head = 0; head < writes; head++) {
      const sum = sums + ((<usize>head) << 5);
      store<f32>(dErase + <usize>head * fieldBytes + field, -laneSum(at(sum)));
      store<f32>(dAdd + <usize>head * fieldBytes + field, laneSum(at(sum + 16)));
    }
    before += row;
    after += row;
    dMemory += row;
  }
}
