/** Virtual time for models that need no promises: a million events a second, one after the other. */

import { Due, type Timed } from "../due.ts";

interface Entry extends Timed {
  readonly run: () => void;
}

export class Agenda {
  /** Milliseconds since the start. */
  now = 0;
  private readonly due = new Due<Entry>();
  private nextNumber = 0;

  at(at: number, run: () => void): void {
    this.due.add({ at: Math.max(at, this.now), number: this.nextNumber++, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** Lets time pass until the condition holds or `endMs` is reached. @returns whether it holds */
  pass(until: () => boolean, endMs: number): boolean {
    while (!until()) {
      const entry = this.due.next();
      if (!entry || entry.at > endMs) return false;
      this.now = entry.at;
      entry.run();
    }
    return true;
  }
}

/** Processors or a link: serves those who wait in the order in which they came. */
export class Line {
  /** How long it has worked, all its servers together, in milliseconds. */
  busyMs = 0;
  private readonly agenda: Agenda;
  /** When each of its servers is free. */
  private readonly free: number[];

  constructor(agenda: Agenda, servers = 1) {
    this.agenda = agenda;
    this.free = Array.from({ length: servers }, () => 0);
  }

  /** Works for this long as soon as it can, then continues. */
  use(ms: number, then: () => void): void {
    let first = 0;
    for (let index = 1; index < this.free.length; index++)
      if (this.free[index]! < this.free[first]!) first = index;
    const end = Math.max(this.free[first]!, this.agenda.now) + ms;
    this.free[first] = end;
    this.busyMs += ms;
    this.agenda.at(end, then);
  }
}
