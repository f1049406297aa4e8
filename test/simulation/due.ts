/** What is due at a time: the earliest first, and of equals the one that was added first. */

export interface Timed {
  readonly at: number;
  /** Its place among equals. */
  readonly number: number;
}

/** A binary heap. */
export class Due<T extends Timed> {
  private readonly heap: T[] = [];

  add(one: T): void {
    const heap = this.heap;
    let index = heap.push(one) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(one, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = one;
  }

  /** Takes the first; undefined if nothing is left. */
  next(): T | undefined {
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

function isBefore(a: Timed, b: Timed): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}
