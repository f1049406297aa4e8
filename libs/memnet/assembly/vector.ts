/** Helpers for vectors of four floats. */

// @ts-ignore: decorator
@inline export function at(pointer: usize): v128 {
  return v128.load(pointer);
}

/** The float at a pointer, four times. */
// @ts-ignore: decorator
@inline export function each(pointer: usize): v128 {
  return v128.load32_splat(pointer);
}

/** a · b + c, rounded twice: a fused operation would not give the same bits everywhere. */
// @ts-ignore: decorator
@inline export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Copies a few floats; a call of memory.copy would take longer. */
export function copyFew(to: usize, from: usize, bytes: usize): void {
  let o: usize = 0;
  for (; o + 16 <= bytes; o += 16) v128.store(to + o, at(from + o));
  for (; o < bytes; o += 4) store<f32>(to + o, load<f32>(from + o));
}

/** Zeros a few whole vectors; a call of memory.fill would take longer. */
// @ts-ignore: decorator
@inline export function clearFew(to: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) v128.store(to + o, f32x4.splat(0));
}

/** The sum of the four lanes, always added in this order. */
// @ts-ignore: decorator
@inline export function laneSum(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

// @ts-ignore: decorator
@inline export function laneMax(x: v128): f32 {
  const pairs = f32x4.pmax(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  // A comparison of two floats would become a branch, which is often mispredicted.
  return f32x4.extract_lane(f32x4.pmax(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** Σ a·b over `bytes` of floats, a multiple of 16. */
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) sum = mulAdd(at(a + o), at(b + o), sum);
  return laneSum(sum);
}
