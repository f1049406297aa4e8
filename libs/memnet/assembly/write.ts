/**
 * Writing: every write head erases, then every write head adds. Memory is [width, slots]. A single write head, the
 * default, has shorter loops. docs/model.md §4.2.
 */

import { epsilon } from "./content";
import {
  carryAlong, carryWriteWeights, headScratch, headWeights, norms, slotBytes, strideBytes, width, widthBytes,
  writeFieldBytes, writeHeadBytes, writeHeads, writes,
} from "./plan";
import { at, clearFew, each, laneSum, mulAdd } from "./vector";

/**
 * Writes the memory and its slots' lengths into the record `after`, by the write weights there.
 *
 * @param fields of the write heads; erase vectors and add vectors are activated
 */
export function writeForward(before: usize, after: usize, fields: usize): void {
  const row = strideBytes;
  if (writes > 1) return writeForwardMany(before, after, fields);
  const weights = after + writeHeads + headWeights;
  const one = f32x4.splat(1);
  const small = f32x4.splat(epsilon);
  const across = <usize>width * row;
  for (let o: usize = 0; o < slotBytes; o += 32) {
    const w0 = v128.load(weights + o), w1 = v128.load(weights + o, 16);
    let s0 = f32x4.splat(0), s1 = s0;
    let e = fields + widthBytes;
    let a = e + widthBytes;
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
    v128.store(after + norms + o, f32x4.sqrt(f32x4.add(s0, small)));
    v128.store(after + norms + o, f32x4.sqrt(f32x4.add(s1, small)), 16);
  }
}

function writeForwardMany(before: usize, after: usize, fields: usize): void {
  const one = f32x4.splat(1);
  const across = <usize>width * strideBytes;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    let sum = f32x4.splat(0);
    let field = fields + widthBytes;
    for (let m = o; m < across + o; m += strideBytes) {
      let kept = one;
      let added = f32x4.splat(0);
      let weights = after + writeHeads + headWeights + o;
      let erase = field;
      for (let head = 0; head < writes; head++) {
        const weight = at(weights);
        kept = f32x4.mul(kept, f32x4.sub(one, f32x4.mul(weight, each(erase))));
        added = mulAdd(weight, each(erase + widthBytes), added);
        weights += writeHeadBytes;
        erase += writeFieldBytes;
      }
      const written = mulAdd(at(before + m), kept, added);
      v128.store(after + m, written);
      sum = mulAdd(written, written, sum);
      field += 4;
    }
    v128.store(after + norms + o, f32x4.sqrt(f32x4.add(sum, f32x4.splat(epsilon))));
  }
}

/**
 * Backward through `writeForward`. First dM[n] gets along[n] M[n]. In the carry, dM is replaced by dM′, and the write
 * heads' dw is added to.
 *
 * @param dFields where the gradients of the activated erase and add vectors go
 */
export function writeBackward(before: usize, after: usize, fields: usize, dFields: usize, carry: usize): void {
  const bytes = slotBytes;
  if (writes > 1) return writeBackwardMany(before, after, fields, dFields, carry);
  const weights = after + writeHeads + headWeights;
  const dWeights = carry + carryWriteWeights;
  const along = carry + carryAlong;
  fields += widthBytes;
  dFields += widthBytes;
  for (let w = 0; w < width; w++) {
    const e = each(fields);
    const a = each(fields + widthBytes);
    let sumErase = f32x4.splat(0);
    let sumAdd = sumErase;
    for (let o: usize = 0; o < bytes; o += 16) {
      const weight = at(weights + o);
      const m = at(before + o);
      const d = mulAdd(at(along + o), at(after + o), at(carry + o));
      v128.store(dWeights + o, mulAdd(d, f32x4.sub(a, f32x4.mul(m, e)), at(dWeights + o)));
      const dw = f32x4.mul(d, weight);
      sumAdd = f32x4.add(sumAdd, dw);
      sumErase = mulAdd(dw, m, sumErase);
      v128.store(carry + o, f32x4.sub(d, f32x4.mul(dw, e)));
    }
    store<f32>(dFields, -laneSum(sumErase));
    store<f32>(dFields + widthBytes, laneSum(sumAdd));
    before += strideBytes;
    after += strideBytes;
    carry += strideBytes;
    fields += 4;
    dFields += 4;
  }
}

function writeBackwardMany(before: usize, after: usize, fields: usize, dFields: usize, carry: usize): void {
  const one = f32x4.splat(1);
  const weights = after + writeHeads + headWeights;
  const dWeights = carry + carryWriteWeights;
  const along = carry + carryAlong;
  // For each head the product before it, then sums of de and da.
  const sums = headScratch + ((<usize>writes) << 4);
  fields += widthBytes;
  dFields += widthBytes;
  for (let w = 0; w < width; w++) {
    clearFew(sums, (<usize>writes) << 5);
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const m = at(before + o);
      const d = mulAdd(at(along + o), at(after + o), at(carry + o));
      let product = one;
      for (let head: usize = 0; head < <usize>writes; head++) {
        v128.store(headScratch + (head << 4), product);
        const weight = at(weights + head * writeHeadBytes + o);
        product = f32x4.mul(product, f32x4.sub(one, f32x4.mul(weight, each(fields + head * writeFieldBytes))));
      }
      v128.store(carry + o, f32x4.mul(d, product));
      let behind = one;
      for (let head = <usize>writes; head-- > 0; ) {
        const weight = at(weights + head * writeHeadBytes + o);
        const e = each(fields + head * writeFieldBytes);
        const a = each(fields + head * writeFieldBytes + widthBytes);
        const kept = f32x4.mul(m, f32x4.mul(at(headScratch + (head << 4)), behind));
        const to = dWeights + head * slotBytes + o;
        v128.store(to, mulAdd(d, f32x4.sub(a, f32x4.mul(kept, e)), at(to)));
        const dw = f32x4.mul(d, weight);
        const sum = sums + (head << 5);
        v128.store(sum, mulAdd(dw, kept, at(sum)));
        v128.store(sum, f32x4.add(at(sum + 16), dw), 16);
        behind = f32x4.mul(behind, f32x4.sub(one, f32x4.mul(weight, e)));
      }
    }
    for (let head: usize = 0; head < <usize>writes; head++) {
      const sum = sums + (head << 5);
      store<f32>(dFields + head * writeFieldBytes, -laneSum(at(sum)));
      store<f32>(dFields + head * writeFieldBytes + widthBytes, laneSum(at(sum + 16)));
    }
    before += strideBytes;
    after += strideBytes;
    carry += strideBytes;
    fields += 4;
    dFields += 4;
  }
}
