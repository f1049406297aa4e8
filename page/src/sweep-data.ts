/** The page's view of the sweeps in a folder. What has not changed since the last look is not read again. */

import { stat } from "node:fs/promises";
import { readSweep, sweepNames, sweepPath } from "@memnet/runs";
import { type Curves, OpenSweep, ofValidation, type SweepDataDeps, sweepSource } from "./open-sweep.ts";
import type { ListedSweep, SweepNews } from "./shared/sweep.ts";
import { type Compared, comparedIn } from "./sweep-points.ts";

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
      const known = this.open.get(name)?.compared ?? (await this.comparedIn(name));
      if (!known) continue;
      counted += known.runs.length;
      const sweep = counted <= runsMax ? await this.read(name) : undefined;
      const { points, seeds } = sweep?.compared ?? known;
      const counts = sweep?.counts() ?? { over: null, solved: null };
      listed.push({ name, points: points.length, seeds: seeds ?? 0, ...counts });
    }
    return listed;
  }

  /**
   * Returns what has changed in a sweep since the cursor; everything if the cursor is unknown.
   *
   * @returns undefined if there is no such sweep, or it cannot be read
   */
  async news(name: string, cursor: string, curves: Curves = ofValidation): Promise<SweepNews | undefined> {
    if (!(await this.has(name))) return undefined;
    return (await this.read(name, curves.withSteps))?.news(cursor, curves);
  }

  /** Returns the name of the sweep that a run belongs to; null if there is none. */
  async of(run: string): Promise<string | null> {
    const { disk, root } = this.deps;
    for (const name of await sweepNames(disk, root)) {
      if (!run.startsWith(`${name}-`)) continue;
      const compared = this.open.get(name)?.compared ?? (await this.comparedIn(name));
      if (compared?.runs.some((one) => one.run === run)) return name;
    }
    return null;
  }

  private async comparedIn(name: string): Promise<Compared | undefined> {
    const record = await readSweep(this.deps.disk, this.deps.root, name);
    return record && comparedIn(record);
  }

  /** Whether there is a sweep of that name. */
  async has(name: string): Promise<boolean> {
    return (await sweepNames(this.deps.disk, this.deps.root)).includes(name);
  }

  private async read(name: string, withSteps = false): Promise<OpenSweep | undefined> {
    const sweep = this.open.get(name) ?? new OpenSweep(sweepSource(name, this.deps), this.deps);
    this.open.delete(name);
    this.open.set(name, sweep);
    if (!(await sweep.look(withSteps))) {
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
