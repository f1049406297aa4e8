/** Reading: r = Mᵀ w. Memory lies [width, slots]. docs/model.md §4.3. */

import { slotsPad, stride, width } from "./plan";
import { each, laneSum, mulAdd } from "./vector";

/** r[w] = Σ_n w[n] M[n, w] */
export function readForward(memory: usize, weights: usize, read: usize): void {
  const row = (<usize>stride) << 2;
  for (let w = 0; w < width; w++) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 64) {
      s0 = mulAdd(v128.load(weights + o), v128.load(memory + o), s0);
      s1 = mulAdd(v128.load(weights + o, 16), v128.load(memory + o, 16), s1);
      s2 = mulAdd(v128.load(weights + o, 32), v128.load(memory + o, 32), s2);
      s3 = mulAdd(v128.load(weights + o, 48), v128.load(memory + o, 48), s3);
    }
    store<f32>(read, laneSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3))));
    memory += row;
    read += 4;
  }
}

/** Adds the reading's gradient to that of the weights. The memory's is in `keyAndReadBackward`. */
export function readBackward(memory: usize, dRead: usize, dWeights: usize): void {
  const row = (<usize>stride) << 2;
  const end = memory + <usize>width * row;
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 64) {
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
