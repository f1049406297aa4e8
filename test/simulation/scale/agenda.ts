/** Virtual time for models that need no promises: a million events a second, one after the other. */

interface Entry {
  readonly at: number;
  readonly number: number;
  readonly run: () => void;
}

export class Agenda {
  /** Milliseconds since the start. */
  now = 0;
  private readonly heap: Entry[] = [];
  private nextNumber = 0;

  at(at: number, run: () => void): void {
    const entry = { at: Math.max(at, this.now), number: this.nextNumber++, run };
    const heap = this.heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** Lets time pass until the condition holds or `endMs` is reached. @returns whether it holds */
  pass(until: () => boolean, endMs: number): boolean {
    while (!until()) {
      const entry = this.next();
      if (!entry || entry.at > endMs) return false;
      this.now = entry.at;
      entry.run();
    }
    return true;
  }

  private next(): Entry | undefined {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
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
