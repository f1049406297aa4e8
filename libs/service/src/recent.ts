/** What a process did in the last seconds, for whoever watches: how often, and what each time took. */

import type { Clock } from "./clock.ts";

const windowMs = 5000;
/** Whatever takes longer than the window is told of nevertheless. */
const leastKept = 4;
/** Of what comes more often, the newest; as many make a good median. */
const mostKept = 1000;

export class Recent<Item> {
  private readonly clock: Clock;
  private readonly kept: { readonly at: number; readonly item: Item }[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  note(item: Item): void {
    this.kept.push({ at: this.clock.now(), item });
    // Many at once, since each time moves all that stay.
    if (this.kept.length >= 2 * mostKept) this.forget();
  }

  /** Oldest first. */
  get items(): Item[] {
    this.forget();
    return this.kept.map(({ item }) => item);
  }

  /** The sum over the items of what `of` says, for each second; it falls once no more come. */
  perSecond(of: (item: Item) => number): number {
    this.forget();
    const [first, ...later] = this.kept;
    if (!first || later.length === 0) return 0;
    const seconds = (this.clock.now() - first.at) / 1000;
    return seconds > 0 ? later.reduce((sum, { item }) => sum + of(item), 0) / seconds : 0;
  }

  /** Null where there are none. */
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
