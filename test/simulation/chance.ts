/** A simulation's random numbers. Each part has its own, so that drawing more in one changes no other. */

import { Draws, streams } from "memnet";

/** The parts that draw. Changing this order changes what every seed does. */
const parts = ["faults", "network", "disk", "pace", "audits", "lies", "cuts", "lone", "branches"] as const;

export class Chance {
  private readonly draws: Draws;

  constructor(seed: number, part: (typeof parts)[number]) {
    this.draws = new Draws(seed, streams.test, 0, parts.indexOf(part));
  }

  /** In [0, 1). */
  readonly uniform = (): number => this.draws.next() / 2 ** 32;

  between(least: number, most: number): number {
    return least + this.uniform() * (most - least);
  }

  happens(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(among: readonly T[]): T {
    return among[Math.floor(this.uniform() * among.length)]!;
  }
}
