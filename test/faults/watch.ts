/** Watches what processes and a runs folder take while faults are inflicted on them. */

import { type Course, growing, growthTable, type Sample } from "./growth.ts";
import { mebibytesOf, unhurried, type Vitals } from "./vitals.ts";

/** An hour has 720 samples, and reading them takes the processes a thousandth of the time. */
const everyMs = 5000;

/** A process that may be restarted while it is watched. */
export interface Watched {
  readonly name: string;
  /** @returns undefined if there is no process at this moment */
  readonly vitals: () => Promise<Vitals | undefined>;
}

export class Watch {
  private readonly courses = new Map<string, Sample[]>();
  private readonly disk: [minute: number, mebibytes: number][] = [];
  private readonly ending = new AbortController();
  private readonly watching: Promise<void>;

  /** @param folder the runs folder */
  constructor(watched: readonly Watched[], folder: string) {
    for (const { name } of watched) this.courses.set(name, []);
    this.watching = this.watch(watched, folder);
  }

  /** Lists the processes that grew without bound. */
  get growing(): string[] {
    return growing(this.courses);
  }

  get table(): string {
    return growthTable(this.courses, this.disk);
  }

  get figures(): { readonly courses: Readonly<Record<string, Course>>; readonly diskMiB: Watch["disk"] } {
    return { courses: Object.fromEntries(this.courses), diskMiB: this.disk };
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.watching;
  }

  private async watch(watched: readonly Watched[], folder: string): Promise<void> {
    const begun = performance.now();
    while (!this.ending.signal.aborted) {
      const minute = (performance.now() - begun) / 60_000;
      this.disk.push([minute, mebibytesOf(folder)]);
      await Promise.all(
        watched.map(async ({ name, vitals }) => {
          const sample = await vitals();
          if (sample) this.courses.get(name)!.push({ minute, ...sample });
        }),
      );
      await unhurried(everyMs, this.ending.signal);
    }
  }
}
