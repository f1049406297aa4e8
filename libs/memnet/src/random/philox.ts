/**
 * Philox4x32-10, a counter-based generator: a draw depends on its place only.
 *
 * Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3 and table 2.
 */

import { assert } from "../assert.ts";

const roundCount = 10;
const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** The purposes of draws: docs/model.md §9. */
export const streams = { parameters: 0, training: 1, validation: 2, test: 3 } as const;
export type Stream = (typeof streams)[keyof typeof streams];

/** One block of random words. All words are unsigned. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < roundCount; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

export type Words4 = readonly [number, number, number, number];

/**
 * Random draws of one sequence, in order: Philox4x32-10, docs/model.md §9. Salmon, Moraes, Dror & Shaw 2011, "Parallel
 * random numbers: as easy as 1, 2, 3", section 3.3.
 */
export class Draws {
  private block = 0;
  private words: Words4 = [0, 0, 0, 0];
  private taken = 4;
  private readonly stream: Stream;
  private readonly step: number;
  private readonly sequence: number;
  private readonly key: readonly [number, number];
  private bits = 0;
  private bitsLeft = 0;

  /**
   * Draws from the start of a place, docs/model.md §9.
   *
   * @param seed     0 … 2⁵³ − 1
   * @param stream   0 for parameters, 1 for training, 2 for validation, 3 for test
   * @param step     0 … 2³² − 1
   * @param sequence 0 … 2³² − 1
   */
  constructor(seed: number, stream: Stream, step: number, sequence: number) {
    this.stream = stream;
    this.step = step;
    this.sequence = sequence;
    assert(Number.isSafeInteger(seed) && seed >= 0, `a seed is a whole number from 0, got ${seed}`);
    this.key = [(seed % 2 ** 32) >>> 0, Math.floor(seed / 2 ** 32)];
  }

  /** The next word, unsigned. */
  next(): number {
    if (this.taken === 4) {
      this.words = philox([this.block++, this.sequence, this.step, this.stream], this.key);
      this.taken = 0;
    }
    return this.words[this.taken++]!;
  }

  /** A whole number in lo … hi, both included. Takes one draw, also if lo = hi. hi − lo must be below 2²¹. */
  integer(lo: number, hi: number): number {
    return lo + Math.floor((this.next() * (hi - lo + 1)) / 2 ** 32);
  }

  /** A number between 0 and 1, never either of them: the middle of one of 2²⁴ equal intervals. */
  fraction(): number {
    return ((this.next() >>> 8) + 0.5) / 2 ** 24;
  }

  /** The next bit, 0 or 1: 32 a draw, least significant first. */
  bit(): number {
    if (this.bitsLeft === 0) {
      this.bits = this.next();
      this.bitsLeft = 32;
    }
    const bit = this.bits & 1;
    this.bits >>>= 1;
    this.bitsLeft--;
    return bit;
  }
}

/** The upper 32 bits of a product of two unsigned 32-bit words, from halves, since doubles hold only 53 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) >>> 0;
}
