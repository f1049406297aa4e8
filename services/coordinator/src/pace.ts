/** How long steps take: for the log line of each, and for who watches. */

import type { Clock } from "@memnet/service";

/** The rate is over so many seconds at the most. */
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

  /** @returns seconds since the step began, to the microsecond */
  end(): number {
    const now = this.clock.now();
    this.ends.push(now);
    this.forget(now);
    return Math.round((now - this.beganAt) * 1000) / 1e6;
  }

  /** Over the last seconds; 0 where no two steps were taken in them. */
  stepsPerSecond(): number {
    this.forget(this.clock.now());
    const [first] = this.ends;
    const last = this.ends.at(-1);
    if (first === undefined || last === undefined || last <= first) return 0;
    return ((this.ends.length - 1) * 1000) / (last - first);
  }

  private forget(now: number): void {
    while (this.ends.length > 2 && this.ends[0]! < now - windowMs) this.ends.shift();
  }
}
