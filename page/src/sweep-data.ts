/** The page's view of the sweeps in a folder. What has not changed since the last look is not read again. */

import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { isUnderWay, type RunState, type SweepRecord } from "@memnet/protocol";
import {
  type RunPaths,
  readSweep,
  runPaths,
  type StoredConfig,
  type SweepRun,
  sweepNames,
  sweepPath,
  sweepRuns,
} from "@memnet/runs";
import type { Disk } from "@memnet/service";
import { fileKey } from "./file-key.ts";
import { isOver, type ListedSweep, type SweepNews, type SweepPoint } from "./shared/sweep.ts";
import {
  type BegunRun,
  pointOf,
  type RunOfSweep,
  resolutionOf,
  runOfSweep,
  sweepOf,
} from "./sweep-points.ts";
import { ValidationFile } from "./validation-file.ts";

export interface SweepDataDeps {
  readonly disk: Disk;
  readonly root: string;
  /** Undefined if the run has not begun, or cannot be read. */
  readonly configOf: (run: string) => Promise<StoredConfig | undefined>;
  readonly stateOf: (run: string) => Promise<{ state: string; reason: string | null }>;
}

/**
 * How many runs' validation stays in memory, some 10 kB each, and how many runs the list counts: of the newest sweeps.
 * A larger sweep than this stays while it is the newest one viewed.
 */
const runsMax = 2000;

/** How many sweeps are listed. */
const listedMax = 100;

/** Files read at the same time; more would only wait for the disk. */
const readsAtOnce = 32;

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

class OpenSweep {
  record: SweepRecord | undefined;
  private readonly name: string;
  private readonly deps: SweepDataDeps;
  private key = "";
  /** Identifies what the revisions count. */
  private id = "";
  private revision = 0;
  private runs = new Map<string, KeptRun>();
  /** The revision of each point, by label, and its value since then if it was asked for. */
  private readonly points = new Map<string, { readonly revision: number; value?: SweepPoint }>();
  private looking: Promise<boolean> | undefined;

  constructor(name: string, deps: SweepDataDeps) {
    this.name = name;
    this.deps = deps;
  }

  get runCount(): number {
    return this.runs.size;
  }

  /** Reads what has changed. Concurrent callers share one look. @returns whether the sweep could be read */
  look(): Promise<boolean> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  counts(): Pick<ListedSweep, "over" | "solved"> {
    const runs = [...this.runs.values()].map(({ value }) => value);
    return {
      over: runs.filter(({ begun }) => isOver({ state: begun?.state.state ?? null })).length,
      solved: runs.filter(({ outcome }) => outcome.reached !== null).length,
    };
  }

  news(cursor: string): SweepNews {
    const record = this.record!;
    const [id, text] = cursor.split(".");
    const from = id === this.id ? Number(text) : -1;
    const changed = record.points.filter(({ label }) => this.points.get(label)!.revision > from);
    return {
      ...sweepOf(record, this.valuesOf(changed)),
      cursor: `${this.id}.${this.revision}`,
      whole: id !== this.id,
    };
  }

  private valuesOf(wanted: SweepRecord["points"]): SweepPoint[] {
    const record = this.record!;
    const resolution = resolutionOf(record);
    const runs = [...this.runs.values()].map(({ value }) => value);
    return wanted.map((point) => {
      const kept = this.points.get(point.label)!;
      kept.value ??= pointOf(
        record,
        point,
        runs.filter(({ label }) => label === point.label),
        resolution,
      );
      return kept.value;
    });
  }

  private async lookOnce(): Promise<boolean> {
    const { disk, root } = this.deps;
    const key = await fileKey(sweepPath(root, this.name));
    if (key === "") return false;
    if (key !== this.key) {
      const record = await readSweep(disk, root, this.name);
      if (!record) return false;
      this.begin(record);
      this.key = key;
    }
    const runs = [...this.runs.values()];
    const changed = new Set<string>();
    for (let from = 0; from < runs.length; from += readsAtOnce) {
      const some = runs.slice(from, from + readsAtOnce);
      const looks = await Promise.all(some.map((run) => run.look()));
      for (const [index, { value }] of some.entries()) if (looks[index]) changed.add(value.label);
    }
    if (changed.size > 0) this.revision++;
    for (const label of changed) this.points.set(label, { revision: this.revision });
    return true;
  }

  private begin(record: SweepRecord): void {
    const before = this.runs;
    this.record = record;
    this.id = randomUUID();
    this.points.clear();
    for (const { label } of record.points) this.points.set(label, { revision: this.revision });
    this.runs = new Map(
      sweepRuns(record).map((one) => {
        const kept = before.get(one.run) ?? new KeptRun(one, record.goal, this.deps);
        kept.begin(one, record.goal);
        return [one.run, kept];
      }),
    );
  }
}

class KeptRun {
  value: RunOfSweep;
  private goal: SweepRecord["goal"];
  private readonly deps: SweepDataDeps;
  private readonly paths: RunPaths;
  private readonly validation: ValidationFile;
  /** Changes whenever the run does. */
  private key = "";

  constructor(run: SweepRun, goal: SweepRecord["goal"], deps: SweepDataDeps) {
    this.goal = goal;
    this.value = runOfSweep(run, null, goal);
    this.deps = deps;
    this.paths = runPaths(deps.root, run.run);
    this.validation = new ValidationFile(this.paths.metrics);
  }

  /** Takes what a changed record says of the run. */
  begin(run: SweepRun, goal: SweepRecord["goal"]): void {
    this.goal = goal;
    this.value = runOfSweep(run, this.value.begun, goal);
  }

  /** Reads what has changed. @returns whether anything has */
  async look(): Promise<boolean> {
    // Whatever changes config.json also changes one of these.
    const { state, metrics } = this.paths;
    const key = (await Promise.all([state, metrics].map(fileKey))).join();
    const known = this.value.begun?.state;
    // Whether somebody trains a run that is under way is in no file.
    if (key === this.key && !isUnderWay((known?.state ?? "stopped") as RunState)) return false;
    const now = await this.deps.stateOf(this.value.run);
    if (key === this.key && now.state === known?.state && now.reason === known.reason) return false;
    const begun = await this.begun(now);
    this.value = runOfSweep(this.value, begun, this.goal);
    this.key = key;
    return true;
  }

  private async begun(state: BegunRun["state"]): Promise<BegunRun | null> {
    const config = await this.deps.configOf(this.value.run);
    return config ? { config, state, evaluations: await this.validation.read() } : null;
  }
}
