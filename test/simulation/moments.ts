/**
 * The worst moments: what a process does, said as it does it, so that a fault can come right after the n-th time. At
 * random moments alone, a window of a millisecond would be met once in thousands of seeds.
 */

import type { Process } from "./process.ts";

/** `disk sync`, `says memnet.hello`, `answers memnet.evaluator.open`. */
type Doing = string;

interface Armed {
  readonly role: string;
  readonly doing: RegExp;
  times: number;
  readonly strike: (process: Process) => void;
}

export class Moments {
  private armed: Armed[] = [];

  /** @param times the how-manyth doing of that kind, by any process of that role, from 1 */
  arm(role: string, doing: RegExp, times: number, strike: (process: Process) => void): void {
    this.armed.push({ role, doing, times, strike });
  }

  disarm(): void {
    this.armed = [];
  }

  does(process: Process, doing: Doing): void {
    for (const one of this.armed) {
      if (one.role !== process.role || !one.doing.test(doing) || --one.times > 0) continue;
      this.armed = this.armed.filter((other) => other !== one);
      one.strike(process);
    }
  }
}
