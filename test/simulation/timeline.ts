/**
 * Virtual time. Events happen one after the other, each at its moment. Everything that an event triggers within
 * processes finishes before the next event, so that a simulation depends only on its seed.
 */

interface Event {
  readonly at: number;
  readonly number: number;
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
  private readonly heap: Event[] = [];
  private nextNumber = 0;

  /**
   * @param ms the delay from now; events already due at the same moment run first. @returns a function that cancels it
   */
  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), number: this.nextNumber++, run, cancelled: false };
    this.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets time pass until the condition holds, no events are left, or `endMs` is reached. @returns whether it holds */
  async pass(until: () => boolean, endMs: number): Promise<boolean> {
    while (!until()) {
      const event = this.pop();
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

  private push(event: Event): void {
    const heap = this.heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!earlier(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  private pop(): Event | undefined {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
