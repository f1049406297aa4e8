/** What the page tells of the runs of a folder; it reads their files and writes nothing. */

import { isUnderWay } from "@memnet/protocol";
import {
  checkpointPath,
  DamagedRunError,
  readBestStep,
  readConfig,
  readState,
  readSteps,
  runNames,
  runPaths,
  type StoredConfig,
} from "@memnet/runs";
import type { Disk } from "@memnet/service";
import { MetricsFile } from "./metrics-file.ts";
import { NewestFigures } from "./newest.ts";
import type { ListedRun, RunDetails } from "./shared/api.ts";
import { nearestStep, shownSteps } from "./shared/checkpoints.ts";

export interface RunDataDeps {
  readonly disk: Disk;
  readonly root: string;
  readonly held: Held;
}

/** Whether somebody trains the run now: its state file alone does not tell. Null where nobody can be asked. */
export type Held = (run: string) => Promise<boolean | null>;

export interface FoundRun {
  readonly run: string;
  readonly config: StoredConfig;
  readonly details: RunDetails;
}

const unasked = "The evaluator has no connection to NATS: it cannot ask whether somebody trains this run.";

/** Newest first; a page of more would be no list any more. */
export const listedMax = 500;

/** Runs whose curves are kept in memory: some megabytes for a long one. */
const keptMax = 16;

export class RunData {
  private readonly deps: RunDataDeps;
  private readonly files = new Map<string, MetricsFile>();
  private readonly newest = new NewestFigures(listedMax);

  constructor(deps: RunDataDeps) {
    this.deps = deps;
  }

  async list(): Promise<ListedRun[]> {
    const configs: { run: string; config: StoredConfig }[] = [];
    for (const run of await runNames(this.deps.disk, this.deps.root)) {
      const config = await this.config(run);
      if (config) configs.push({ run, config });
    }
    configs.sort((a, b) => (a.config.created < b.config.created ? 1 : -1));
    const listed: ListedRun[] = [];
    for (const { run, config } of configs.slice(0, listedMax)) listed.push(await this.listed(run, config));
    return listed;
  }

  /** @returns undefined where there is no such run, or it cannot be read */
  async find(run: string): Promise<FoundRun | undefined> {
    if (!(await runNames(this.deps.disk, this.deps.root)).includes(run)) return undefined;
    const config = await this.config(run);
    if (!config) return undefined;
    const paths = runPaths(this.deps.root, run);
    const { training, operation, fingerprint, relaxedFrom, versions, machine } = config;
    return {
      run,
      config,
      details: {
        ...(await this.listed(run, config)),
        ...{ training, operation, fingerprint, relaxedFrom, versions, machine },
        seed: training.seed,
        checkpoints: await readSteps(this.deps.disk, paths),
        best: await readBestStep(this.deps.disk, paths),
      },
    };
  }

  /** A run's curves: read on from where they were read before, as long as few others were looked at since. */
  metrics(run: string): MetricsFile {
    const file = this.files.get(run) ?? new MetricsFile(runPaths(this.deps.root, run).metrics);
    this.files.delete(run);
    this.files.set(run, file);
    for (const oldest of this.files.keys()) {
      if (this.files.size <= keptMax) break;
      this.files.delete(oldest);
    }
    return file;
  }

  /**
   * The file of a step's checkpoint, or of the nearest one: the step may have been thinned out since it was listed.
   *
   * @returns undefined where there is no checkpoint yet
   */
  checkpoint({ run, details }: FoundRun, step: number): string | undefined {
    const paths = runPaths(this.deps.root, run);
    const nearest = nearestStep(shownSteps(details), step);
    if (nearest === undefined) return undefined;
    return details.checkpoints.includes(nearest) ? checkpointPath(paths, nearest) : paths.best;
  }

  async state(run: string): Promise<{ state: string; reason: string | null }> {
    const stored = await readState(this.deps.disk, runPaths(this.deps.root, run));
    if (!isUnderWay(stored.state)) return stored;
    const held = await this.deps.held(run);
    if (held === null) return { ...stored, reason: stored.reason ?? unasked };
    return held ? stored : { ...stored, state: "stopped" };
  }

  private async listed(run: string, { training, operation, created }: StoredConfig): Promise<ListedRun> {
    const { state, reason } = await this.state(run);
    const newest = await this.newest.of(runPaths(this.deps.root, run).metrics);
    return {
      run,
      ...{ state, reason, created, ...newest },
      model: training.model,
      task: training.task.name,
      steps: operation.steps,
    };
  }

  private async config(run: string): Promise<StoredConfig | undefined> {
    try {
      return await readConfig(this.deps.disk, run, runPaths(this.deps.root, run));
    } catch (error) {
      if (error instanceof DamagedRunError) return undefined;
      throw error;
    }
  }
}
