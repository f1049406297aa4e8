/** De-allocation: what the free gates free is erased before the write. Memory is [width, slots]. docs/model.md §6.9. */

import { deallocate, dRetention, keptMemory, retention, slotBytes, strideBytes, width } from "../plan";
import { at, mulAdd } from "../vector";

/** The memory that the write heads write to: that of the record `before`, with de-allocation what is left of it. */
export function keptBy(before: usize, after: usize): usize {
  if (!deallocate) return before;
  let to = keptMemory;
  for (let w = 0; w < width; w++) {
    for (let o: usize = 0; o < slotBytes; o += 16) {
      v128.store(to + o, f32x4.mul(at(before + o), at(after + retention + o)));
    }
    before += strideBytes;
    to += strideBytes;
  }
  return keptMemory;
}

/** Backward through `keptBy`, in place: dMemory becomes the gradient of the memory before. dRetention gets dψ. */
export function keptBackward(before: usize, after: usize, dMemory: usize): void {
  const end = before + <usize>width * strideBytes;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const kept = at(after + retention + o);
    let sum = f32x4.splat(0);
    let d = dMemory + o;
    for (let m = before + o; m < end; m += strideBytes) {
      sum = mulAdd(at(d), at(m), sum);
      v128.store(d, f32x4.mul(at(d), kept));
      d += strideBytes;
    }
    v128.store(dRetention + o, sum);
  }
}
