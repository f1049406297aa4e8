/**
 * Virtual time. What happens does so at a moment, one event after the other; between two, everything that the first
 * set off within the processes runs to its end, so that a simulation is a function of its seed.
 */

interface Event {
  readonly at: number;
  readonly number: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Timeline {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Events so far. */
  events = 0;
  /** Of all events' moments and order: two runs that differ anywhere differ here. */
  digest = 0;
  private readonly heap: Event[] = [];
  private nextNumber = 0;

  /** @param ms from now; not before what is due at the same moment already. @returns cancels it */
  after(ms: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), number: this.nextNumber++, run, cancelled: false };
    this.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Lets time pass until the condition holds, nothing is left, or the moment comes. @returns whether it holds */
  async pass(until: () => boolean, endMs: number): Promise<boolean> {
    while (!until()) {
      const event = this.pop();
      if (!event || event.at > endMs) return until();
      if (event.cancelled) continue;
      this.now = event.at;
      this.events++;
      this.digest = (Math.imul(this.digest, 31) + Math.floor(event.at * 1000) + event.number) | 0;
      event.run();
      // All promise jobs that follow are done before the next turn of the event loop begins.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }

  private push(event: Event): void {
    const heap = this.heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!earlier(event, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  private pop(): Event | undefined {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function earlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
