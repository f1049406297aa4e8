/** Reading, r = Mᵀ w. Memory is [width, slots]. docs/model.md §4.3. */

import { headWeights, slotBytes, strideBytes, width } from "./plan";
import { each, laneSum, mulAdd } from "./vector";

/** Reads a record's memory by the weights in a head's record. */
export function readForward(memory: usize, head: usize, read: usize): void {
  const weights = head + headWeights;
  for (let w = 0; w < width; w++) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let o: usize = 0; o < slotBytes; o += 64) {
      s0 = mulAdd(v128.load(weights + o), v128.load(memory + o), s0);
      s1 = mulAdd(v128.load(weights + o, 16), v128.load(memory + o, 16), s1);
      s2 = mulAdd(v128.load(weights + o, 32), v128.load(memory + o, 32), s2);
      s3 = mulAdd(v128.load(weights + o, 48), v128.load(memory + o, 48), s3);
    }
    store<f32>(read, laneSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
    memory += strideBytes;
    read += 4;
  }
}

/** Adds to the gradient of the weights. `keyAndReadBackward` adds to that of the memory. */
export function readBackward(memory: usize, dRead: usize, dWeights: usize): void {
  const row = strideBytes;
  const end = memory + <usize>width * row;
  for (let o: usize = 0; o < slotBytes; o += 64) {
    const to = dWeights + o;
    let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32), s3 = v128.load(to, 48);
    let r = dRead;
    for (let m = memory + o; m < end; m += row) {
      const factor = each(r);
      s0 = mulAdd(factor, v128.load(m), s0);
      s1 = mulAdd(factor, v128.load(m, 16), s1);
      s2 = mulAdd(factor, v128.load(m, 32), s2);
      s3 = mulAdd(factor, v128.load(m, 48), s3);
      r += 4;
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}
