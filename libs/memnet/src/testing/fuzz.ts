import { Draws, streams } from "../random/philox.ts";

/** For fuzz tests: draws from a seed, which a test prints if a case fails. */
export function fuzzDraws(seed: number, round: number): Draws {
  return new Draws(seed, streams.test, 0, round);
}

/** A copy with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = copy[at]! ^ (1 << bit);
  return copy;
}
