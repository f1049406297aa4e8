/** Adds gradients, four numbers at a time, with the bits of `addInto` and `isFiniteSum` in `src/reduction.ts`. */

/** left ← left + right; `bytes` is a whole number of vectors. */
export function addTo(left: usize, right: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    v128.store(left + o, f32x4.add(v128.load(left + o), v128.load(right + o)));
  }
}

/** 1 if no number is infinite or NaN, which share an exponent; else 0. */
export function isFinite(from: usize, bytes: usize): i32 {
  const exponent = i32x4.splat(0x7f800000);
  let found = i32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) {
    found = v128.or(found, i32x4.eq(v128.and(v128.load(from + o), exponent), exponent));
  }
  return v128.any_true(found) ? 0 : 1;
}
