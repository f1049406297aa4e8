/**
 * Virtual time. Events happen one after the other, each at its moment. Everything that an event triggers within
 * processes finishes before the next event, so that a simulation depends only on its seed.
 */

import { Due, type Timed } from "./due.ts";

interface Event extends Timed {
  readonly run: () => void;
  cancelled: boolean;
}

export class Timeline {
  /** Milliseconds since the start. */
  now = 0;
  /** The number of events so far. */
  events = 0;
  /** A digest of the times and order of all events: two runs that differ anywhere differ here. */
  digest = 0;
  private readonly due = new Due<Event>();
  private nextNumber = 0;

  /**
   * @param ms the delay from now; events already due at the same moment run first. @returns a function that cancels it
   */
  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), number: this.nextNumber++, run, cancelled: false };
    this.due.add(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets time pass until the condition holds, no events are left, or `endMs` is reached. @returns whether it holds */
  async pass(until: () => boolean, endMs: number): Promise<boolean> {
    while (!until()) {
      const event = this.due.next();
      if (!event || event.at > endMs) return until();
      if (event.cancelled) continue;
      this.now = event.at;
      this.events++;
      this.digest = (Math.imul(this.digest, 31) + Math.floor(event.at * 1000) + event.number) | 0;
      event.run();
      // All promise jobs that follow finish before the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }
}
