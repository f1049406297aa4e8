/** The page's view of the sweeps in a folder. What has not changed since the last look is not read again. */

import { stat } from "node:fs/promises";
import { readSweep, sweepNames, sweepPath } from "@memnet/runs";
import { OpenSweep, type SweepDataDeps } from "./open-sweep.ts";
import type { ListedSweep, SweepNews } from "./shared/sweep.ts";

/**
 * How many runs' validation stays in memory, some 10 kB each, and how many runs the list counts: of the newest sweeps.
 * A larger sweep than this stays while it is the newest one viewed.
 */
const runsMax = 2000;

/** How many sweeps are listed. */
const listedMax = 100;

export class SweepData {
  private readonly deps: SweepDataDeps;
  private readonly open = new Map<string, OpenSweep>();

  constructor(deps: SweepDataDeps) {
    this.deps = deps;
  }

  /** Lists the sweeps, newest first. */
  async list(): Promise<ListedSweep[]> {
    const { disk, root } = this.deps;
    const found: { name: string; modified: number }[] = [];
    for (const name of await sweepNames(disk, root)) {
      const file = await stat(sweepPath(root, name)).catch(() => undefined);
      if (file) found.push({ name, modified: file.mtimeMs });
    }
    found.sort((a, b) => b.modified - a.modified);
    const listed: ListedSweep[] = [];
    let counted = 0;
    for (const { name } of found.slice(0, listedMax)) {
      const record = this.open.get(name)?.record ?? (await readSweep(disk, root, name));
      if (!record) continue;
      counted += record.points.length * record.seeds.length;
      const sweep = counted <= runsMax ? await this.read(name) : undefined;
      const { points, seeds } = sweep?.record ?? record;
      const counts = sweep?.counts() ?? { over: null, solved: null };
      listed.push({ name, points: points.length, seeds: seeds.length, ...counts });
    }
    return listed;
  }

  /**
   * Returns what has changed in a sweep since the cursor; everything if the cursor is unknown.
   *
   * @returns undefined if there is no such sweep, or it cannot be read
   */
  async news(name: string, cursor: string): Promise<SweepNews | undefined> {
    return (await this.has(name)) ? (await this.read(name))?.news(cursor) : undefined;
  }

  /** Whether there is a sweep of that name. */
  async has(name: string): Promise<boolean> {
    return (await sweepNames(this.deps.disk, this.deps.root)).includes(name);
  }

  private async read(name: string): Promise<OpenSweep | undefined> {
    const sweep = this.open.get(name) ?? new OpenSweep(name, this.deps);
    this.open.delete(name);
    this.open.set(name, sweep);
    if (!(await sweep.look())) {
      this.open.delete(name);
      return undefined;
    }
    let runs = [...this.open.values()].reduce((sum, one) => sum + one.runCount, 0);
    for (const [oldest, one] of this.open) {
      if (runs <= runsMax || oldest === name) break;
      this.open.delete(oldest);
      runs -= one.runCount;
    }
    return sweep;
  }
}
