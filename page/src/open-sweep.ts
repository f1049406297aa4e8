/** A sweep that is kept in memory, and looked at again for what has changed. */

import { randomUUID } from "node:crypto";
import { isUnderWay, type RunState, type SweepRecord } from "@memnet/protocol";
import {
  evaluationPlan,
  groupedBy,
  type RunPaths,
  readSweep,
  runPaths,
  type StoredConfig,
  type SweepRun,
  sweepPath,
  validation,
} from "@memnet/runs";
import { type Disk, kept } from "@memnet/service";
import { readEach } from "./at-once.ts";
import { EvaluationFile } from "./evaluation-file.ts";
import { fileKey } from "./file-key.ts";
import { isOver, type ListedSweep, type SweepNews, type SweepPoint } from "./shared/sweep.ts";
import { StepsFile } from "./steps-file.ts";
import {
  type BegunRun,
  type Compared,
  type CurvesOf,
  comparedIn,
  pointOf,
  type RunOfSweep,
  resolutionOf,
  runOfSweep,
  runsWithStepsMax,
  splitsOf,
  sweepOf,
} from "./sweep-points.ts";

export interface SweepDataDeps {
  readonly disk: Disk;
  readonly root: string;
  /** Undefined if the run has not begun, or cannot be read. */
  readonly configOf: (run: string) => Promise<StoredConfig | undefined>;
  readonly stateOf: (run: string) => Promise<{ state: string; reason: string | null }>;
}

/** What curves are asked for. */
export interface Curves extends CurvesOf {
  /** Whether the records of steps are needed: for the loss in training, and for the time. */
  readonly withSteps: boolean;
}

export const ofValidation: Curves = { split: validation, part: null, withSteps: false };

/** How many splits' curves stay in memory; a request may name any split. */
const splitsMax = 16;

/**
 * Returns what is compared, the same object as long as it has not changed; undefined if it cannot be read.
 */
export type Source = () => Promise<Compared | undefined>;

/** The source of a sweep, which is a file. */
export function sweepSource(name: string, { disk, root }: Pick<SweepDataDeps, "disk" | "root">): Source {
  let key = "";
  let compared: Compared | undefined;
  return async () => {
    const now = await fileKey(sweepPath(root, name));
    if (now === key) return compared;
    key = now;
    const record = await readSweep(disk, root, name);
    // A file that is being replaced is read again next time.
    if (record) compared = comparedIn(record);
    else [key, compared] = ["", undefined];
    return compared;
  };
}

/** A sweep, or another comparison, with its runs' evaluations. */
export class OpenSweep {
  compared: Compared | undefined;
  private readonly source: Source;
  private readonly deps: SweepDataDeps;
  /** Identifies what the revisions count. */
  private id = "";
  private revision = 0;
  private runs = new Map<string, KeptRun>();
  /** The revision of each point, by label, and its values since then, by split, if they were asked for. */
  private readonly points = new Map<
    string,
    { readonly revision: number; readonly values: Map<string, SweepPoint> }
  >();
  private looking: Promise<boolean> | undefined;
  /** Whether the records of steps have been asked for. */
  private withSteps = false;

  constructor(source: Source, deps: SweepDataDeps) {
    this.source = source;
    this.deps = deps;
  }

  get runCount(): number {
    return this.runs.size;
  }

  /**
   * Reads what has changed. Concurrent callers share one look.
   *
   * @param withSteps whether the records of steps are read too, from now on
   * @returns         whether the source could be read
   */
  async look(withSteps = false): Promise<boolean> {
    if (withSteps && !this.withSteps) {
      await this.looking;
      this.withSteps = true;
    }
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  counts(): Pick<ListedSweep, "over" | "solved"> {
    const runs = this.values();
    const pruned = new Set(this.compared!.pruned.map(({ label }) => label));
    return {
      over: runs.filter(({ label, begun }) => isOver(begun?.state.state ?? null, pruned.has(label))).length,
      solved: runs.filter(({ outcome }) => outcome.reached !== null).length,
    };
  }

  /** Returns the points that changed since the cursor. */
  news(cursor: string, of: CurvesOf): SweepNews {
    const compared = this.compared!;
    const [id, text] = cursor.split(".");
    const from = id === this.id ? Number(text) : -1;
    const changed = compared.points.filter(({ label }) => this.points.get(label)!.revision > from);
    return {
      ...sweepOf(compared, this.valuesOf(changed, of), splitsOf(this.values())),
      cursor: `${this.id}.${this.revision}`,
      whole: id !== this.id,
    };
  }

  private values(): RunOfSweep[] {
    return [...this.runs.values()].map(({ value }) => value);
  }

  private valuesOf(wanted: Compared["points"], of: CurvesOf): SweepPoint[] {
    const compared = this.compared!;
    const resolution = resolutionOf(compared);
    const runs = groupedBy(this.values(), ({ label }) => label);
    return wanted.map((point) => {
      const { values } = this.points.get(point.label)!;
      const make = () => pointOf(compared, point, runs.get(point.label) ?? [], resolution, of);
      // Parts are too many to be kept.
      return of.part ? make() : kept(values, of.split, splitsMax, make);
    });
  }

  private async lookOnce(): Promise<boolean> {
    const compared = await this.source();
    if (!compared) return false;
    if (compared !== this.compared) this.begin(compared);
    const runs = [...this.runs.values()];
    const withSteps = this.withSteps && runs.length <= runsWithStepsMax;
    const changed = new Set<string>();
    const looks = await readEach(runs, (run) => run.look(withSteps));
    for (const [index, { value }] of runs.entries()) if (looks[index]) changed.add(value.label);
    if (changed.size > 0) this.revision++;
    for (const label of changed) this.points.set(label, { revision: this.revision, values: new Map() });
    return true;
  }

  private begin(compared: Compared): void {
    const before = this.runs;
    this.compared = compared;
    this.id = randomUUID();
    this.points.clear();
    for (const { label } of compared.points) {
      this.points.set(label, { revision: this.revision, values: new Map() });
    }
    this.runs = new Map(
      compared.runs.map((one) => {
        const run = before.get(one.run) ?? new KeptRun(one, compared.goal, this.deps);
        run.begin(one, compared.goal);
        return [one.run, run];
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
  private steps: StepsFile | undefined;
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
  async look(withSteps: boolean): Promise<boolean> {
    // Whatever changes config.json also changes one of these.
    const { state, metrics } = this.paths;
    const key = [withSteps, ...(await Promise.all([state, metrics].map(fileKey)))].join();
    const known = this.value.begun?.state;
    // No file says whether a coordinator trains a run that is under way.
    if (key === this.key && !isUnderWay((known?.state ?? "stopped") as RunState)) return false;
    const now = await this.deps.stateOf(this.value.run);
    if (key === this.key && now.state === known?.state && now.reason === known.reason) return false;
    const begun = await this.begun(now, withSteps);
    this.value = runOfSweep(this.value, begun, this.goal);
    this.key = key;
    return true;
  }

  private async begun(state: BegunRun["state"], withSteps: boolean): Promise<BegunRun | null> {
    const config = await this.deps.configOf(this.value.run);
    if (!config) return null;
    const evaluations = await this.evaluations.read();
    if (!withSteps) return { config, state, evaluations, training: null };
    const { every } = evaluationPlan(config);
    this.steps ??= new StepsFile(this.paths.metrics, every);
    return { config, state, evaluations, training: { every, stretches: await this.steps.read() } };
  }
}
