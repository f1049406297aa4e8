/** The fuzzer's random choices. Each message has its own, so that one message can be made again from its number. */

import { Draws, streams } from "memnet";

export class Chance {
  private readonly draws: Draws;

  constructor(seed: number, message: number) {
    this.draws = new Draws(seed, streams.test, 1, message);
  }

  /** A whole number from `lo` to `hi`. */
  whole(lo: number, hi: number): number {
    return this.draws.integer(lo, hi);
  }

  happens(probability: number): boolean {
    return this.draws.fraction() < probability;
  }

  pick<T>(among: readonly T[]): T {
    return among[this.whole(0, among.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.whole(0, 255));
  }
}
