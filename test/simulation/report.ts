/** The report on many seeds. */

import type { Simulated } from "./simulate.ts";

/** How many lines of a failed seed's story are shown; --seed shows all. */
const storyMax = 30;

export class Report {
  readonly failed: number[] = [];
  private readonly begunMs: number;
  private readonly faults = new Map<string, number>();
  private seeds = 0;
  private events = 0;
  private seconds = 0;

  constructor(begunMs: number) {
    this.begunMs = begunMs;
  }

  /** @returns the text to print at once for a seed that failed; undefined if it passed */
  add({ seed, failures, faults, story, events, seconds }: Simulated): string | undefined {
    this.seeds++;
    this.events += events;
    this.seconds += seconds;
    for (const { kind } of faults) this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    if (failures.length === 0) return undefined;
    this.failed.push(seed);
    return [
      `Seed ${seed} does not hold, ${seconds.toFixed(3)} s after its beginning:`,
      ...failures.map((one) => `  ${one}`),
      "Its faults:",
      ...faults.map(({ at, kind, text }) => `  ${(at / 1000).toFixed(3)} ${kind} ${text}`),
      "What happened last:",
      ...story.slice(-storyMax).map((line) => `  ${line}`),
      `Again, with all that happened: npm run test:sim -- --verbose --seed ${seed}`,
    ].join("\n");
  }

  progress(nowMs: number): string {
    const a = this.seeds / ((nowMs - this.begunMs) / 1000);
    return `${this.seeds} seeds, ${this.failed.length} failed, ${a.toFixed(1)} seeds/s`;
  }

  summary(nowMs: number): string {
    const kinds = [...this.faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, count]) => `${kind} ${count}`);
    const total = [...this.faults.values()].reduce((sum, count) => sum + count, 0);
    const hours = (this.seconds / 3600).toFixed(1);
    return [
      `${total} faults: ${kinds.join(", ")}`,
      `${this.progress(nowMs)}, ${this.events} events in ${hours} simulated hours`,
      this.failed.length === 0 ? "All seeds hold" : `These do not: ${this.failed.join(", ")}`,
    ].join("\n");
  }
}
