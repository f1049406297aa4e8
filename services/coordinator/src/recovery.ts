/** Measures how long a run takes to recover from a fault: from noticing it until the next step is taken. */

import type { Clock } from "@memnet/service";

/** A trainer went silent, an earlier coordinator was interrupted, or the connection to NATS was lost. */
export const faults = ["trainer", "coordinator", "nats"] as const;
export type Fault = (typeof faults)[number];

export class Recovery {
  private readonly clock: Clock;
  /** When each open fault was noticed; of several of one kind, the first counts. */
  private readonly open = new Map<Fault, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  noticed(fault: Fault): void {
    if (!this.open.has(fault)) this.open.set(fault, this.clock.now());
  }

  /** Records that a step was taken, and returns the faults recovered from with the time each took in seconds. */
  taken(): { readonly fault: Fault; readonly seconds: number }[] {
    const now = this.clock.now();
    const over = [...this.open].map(([fault, since]) => ({ fault, seconds: (now - since) / 1000 }));
    this.open.clear();
    return over;
  }
}
