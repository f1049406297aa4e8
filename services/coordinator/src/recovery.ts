/** How long a run takes to get over a fault: from noticing it until the next step is taken. */

import type { Clock } from "@memnet/service";

/** A trainer went silent, another coordinator had the run before, the connection to NATS was lost. */
export const faults = ["trainer", "coordinator", "nats"] as const;
export type Fault = (typeof faults)[number];

export class Recovery {
  private readonly clock: Clock;
  /** Since when; the first of several of one kind counts. */
  private readonly open = new Map<Fault, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  noticed(fault: Fault): void {
    if (!this.open.has(fault)) this.open.set(fault, this.clock.now());
  }

  /** A step is taken: what it has got over, in seconds. */
  taken(): { readonly fault: Fault; readonly seconds: number }[] {
    const now = this.clock.now();
    const over = [...this.open].map(([fault, since]) => ({ fault, seconds: (now - since) / 1000 }));
    this.open.clear();
    return over;
  }
}
