/** Tracks what a process did in the last seconds, for monitoring: how often, and how long each item took. */

import type { Clock } from "./clock.ts";

const windowMs = 5000;
/** Items kept even if they are older than the window, so that slow work is still reported. */
const leastKept = 4;
/** At most this many items are kept, the newest; enough for a good median. */
const mostKept = 1000;

export class Recent<Item> {
  private readonly clock: Clock;
  private readonly kept: { readonly at: number; readonly item: Item }[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  note(item: Item): void {
    this.kept.push({ at: this.clock.now(), item });
    // Forgets many items at once, because each removal moves all the items that stay.
    if (this.kept.length >= 2 * mostKept) this.forget();
  }

  /** The items, oldest first. */
  get items(): Item[] {
    this.forget();
    return this.kept.map(({ item }) => item);
  }

  /** Returns the sum of `of` over the items, per second. It falls once no more items are noted. */
  perSecond(of: (item: Item) => number): number {
    this.forget();
    const [first, ...later] = this.kept;
    if (!first || later.length === 0) return 0;
    const seconds = (this.clock.now() - first.at) / 1000;
    return seconds > 0 ? later.reduce((sum, { item }) => sum + of(item), 0) / seconds : 0;
  }

  /** Returns the median of `of` over the items; null if there are none. */
  median(of: (item: Item) => number): number | null {
    const values = this.items.map(of).sort((a, b) => a - b);
    return values[values.length >> 1] ?? null;
  }

  private forget(): void {
    const since = this.clock.now() - windowMs;
    let old = 0;
    while (old < this.kept.length - leastKept && this.kept[old]!.at < since) old++;
    this.kept.splice(0, Math.max(old, this.kept.length - mostKept));
  }
}
