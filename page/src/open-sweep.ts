/** A sweep that is kept in memory, and looked at again for what has changed. */

import { randomUUID } from "node:crypto";
import { isUnderWay, type RunState, type SweepRecord } from "@memnet/protocol";
import {
  type RunPaths,
  readSweep,
  runPaths,
  type StoredConfig,
  type SweepRun,
  sweepPath,
  sweepRuns,
} from "@memnet/runs";
import type { Disk } from "@memnet/service";
import { EvaluationFile } from "./evaluation-file.ts";
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

export interface SweepDataDeps {
  readonly disk: Disk;
  readonly root: string;
  /** Undefined if the run has not begun, or cannot be read. */
  readonly configOf: (run: string) => Promise<StoredConfig | undefined>;
  readonly stateOf: (run: string) => Promise<{ state: string; reason: string | null }>;
}

/** Files read at the same time; more would only wait for the disk. */
const readsAtOnce = 32;

/** A sweep with its runs' validation. */
export class OpenSweep {
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
    const pruned = new Set(this.record!.pruned.map(({ label }) => label));
    return {
      over: runs.filter(({ label, begun }) => isOver(begun?.state.state ?? null, pruned.has(label))).length,
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
  private readonly evaluations: EvaluationFile;
  /** Changes whenever the run does. */
  private key = "";

  constructor(run: SweepRun, goal: SweepRecord["goal"], deps: SweepDataDeps) {
    this.goal = goal;
    this.value = runOfSweep(run, null, goal);
    this.deps = deps;
    this.paths = runPaths(deps.root, run.run);
    this.evaluations = new EvaluationFile(this.paths.metrics);
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
    return config ? { config, state, evaluations: await this.evaluations.read() } : null;
  }
}
