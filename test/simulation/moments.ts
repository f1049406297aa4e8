/**
 * The worst moments: a process reports each operation as it does it, so that a fault can follow the n-th one directly.
 * Random moments alone would hit a window of a millisecond once in thousands of seeds.
 */

import type { Process } from "./process.ts";

/** An operation, such as `disk sync`, `says memnet.hello` or `answers memnet.evaluator.open`. */
type Doing = string;

interface Armed {
  readonly role: string;
  readonly doing: RegExp;
  times: number;
  readonly strike: (process: Process) => void;
}

export class Moments {
  private armed: Armed[] = [];

  /** @param times which occurrence to strike at, counted from 1 over all processes of the role */
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
