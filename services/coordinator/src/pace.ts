/** Measures how long steps take, for each step's record and for the steps-per-second rate. */

import type { Clock } from "@memnet/service";

/** The rate averages over at most this many milliseconds, unless two steps take longer. */
const windowMs = 5000;

export class Pace {
  private readonly clock: Clock;
  private beganAt: number;
  private readonly ends: number[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
    this.beganAt = clock.now();
  }

  begin(): void {
    this.beganAt = this.clock.now();
  }

  /** @returns seconds since the step began, rounded to the microsecond */
  end(): number {
    const now = this.clock.now();
    this.ends.push(now);
    this.forget(now);
    return Math.round((now - this.beganAt) * 1000) / 1e6;
  }

  /**
   * Averages over the last seconds, or over two steps if they take longer. Returns 0 before two steps were taken, and
   * again once no step has followed for too long.
   */
  stepsPerSecond(): number {
    const now = this.clock.now();
    this.forget(now);
    const [first] = this.ends;
    const last = this.ends.at(-1);
    if (first === undefined || last === undefined || last <= first) return 0;
    const stepMs = (last - first) / (this.ends.length - 1);
    return now - last > Math.max(windowMs, 2 * stepMs) ? 0 : 1000 / stepMs;
  }

  private forget(now: number): void {
    while (this.ends.length > 2 && this.ends[0]! < now - windowMs) this.ends.shift();
  }
}
