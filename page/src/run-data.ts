/** The page's view of the runs in a folder. It reads their files and writes nothing. */

import { isUnderWay } from "@memnet/protocol";
import {
  bestOf,
  checkpointPath,
  DamagedRunError,
  differingSettings,
  type Held,
  type RunPaths,
  readBestStep,
  readConfig,
  readDoubts,
  readNote,
  readState,
  readSteps,
  runNames,
  runPaths,
  type StoredConfig,
  spikesIn,
  validation,
} from "@memnet/runs";
import { type Disk, keep, kept } from "@memnet/service";
import type { TrainingConfig } from "memnet";
import { readEach } from "./at-once.ts";
import { Comparisons } from "./comparisons.ts";
import { EvaluationFile } from "./evaluation-file.ts";
import { fileKey } from "./file-key.ts";
import type { Budget } from "./growing-file.ts";
import { MetricsFile } from "./metrics-file.ts";
import { figuresOf, NewestFigures } from "./newest.ts";
import { isSameList } from "./same-list.ts";
import type { ListedRun, RunDetails, RunHead } from "./shared/api.ts";
import { nearestStep, shownSteps } from "./shared/checkpoints.ts";
import { SweepData } from "./sweep-data.ts";

export interface RunDataDeps {
  readonly disk: Disk;
  readonly root: string;
  readonly held: Held;
}

export interface FoundRun {
  readonly run: string;
  readonly config: StoredConfig;
}

const unasked =
  "The evaluator has no connection to NATS: it cannot ask whether a coordinator trains this run.";

/** Maximum number of runs listed, newest first; a longer list would be of no use. */
export const listedMax = 500;

/** How many runs' curves stay in memory; a long run's take some megabytes. */
const keptMax = 16;

/**
 * How much of the runs' metrics.jsonl a list reads at once, which takes a fraction of a second. The first list reads less,
 * to appear at once.
 */
const bytesAtOnce = 128 * 1024 * 1024;
const bytesAtFirst = 4 * 1024 * 1024;

/** How many runs' configurations stay in memory, some kilobytes each. */
const configsMax = 5000;

export class RunData {
  private readonly deps: RunDataDeps;
  private readonly files = new Map<string, MetricsFile>();
  private readonly newest = new NewestFigures(listedMax);
  private readonly evaluationFiles = new Map<string, EvaluationFile>();
  private hasListed = false;
  /** The configurations that were read, until their files change. */
  private readonly configs = new Map<string, { readonly key: string; readonly config: StoredConfig }>();
  /** The configurations that were last listed, and how they differ. */
  private compared: {
    readonly configs: readonly StoredConfig[];
    readonly settings: readonly Readonly<Record<string, string>>[];
  } = { configs: [], settings: [] };
  readonly sweeps: SweepData;
  readonly comparisons: Comparisons;

  constructor(deps: RunDataDeps) {
    this.deps = deps;
    const shared = {
      ...deps,
      stateOf: (run: string) => this.state(run),
      configOf: (run: string) => this.config(run),
    };
    this.sweeps = new SweepData(shared);
    this.comparisons = new Comparisons(shared);
  }

  async list(): Promise<ListedRun[]> {
    const names = await runNames(this.deps.disk, this.deps.root);
    const found = await readEach(names, async (run) => {
      const config = await this.config(run);
      return config ? [{ run, config }] : [];
    });
    const newestFirst = found.flat().sort((a, b) => (a.config.created < b.config.created ? 1 : -1));
    const shown = newestFirst.slice(0, listedMax);
    const settings = this.settingsOf(shown.map(({ config }) => config));
    const budget = { bytes: this.hasListed ? bytesAtOnce : bytesAtFirst };
    this.hasListed = true;
    const listed = await readEach(shown, ({ run, config }) => this.listed(run, config, budget));
    return listed.map((one, index) => ({ ...one, settings: settings[index]! }));
  }

  /** Returns the settings that differ between the configurations, which are the same objects until they change. */
  private settingsOf(configs: readonly StoredConfig[]): readonly Readonly<Record<string, string>>[] {
    const { compared } = this;
    if (!isSameList(configs, compared.configs))
      this.compared = { configs, settings: differingSettings(configs.map((one) => one.training)) };
    return this.compared.settings;
  }

  /** @returns undefined if there is no such run, or it cannot be read */
  async find(run: string): Promise<FoundRun | undefined> {
    if (!(await runNames(this.deps.disk, this.deps.root)).includes(run)) return undefined;
    const config = await this.config(run);
    if (!config) return undefined;
    return { run, config };
  }

  /** Returns what a page says of a run before any script runs, for which no figures are read. */
  async head({ run, config }: FoundRun): Promise<RunHead> {
    const { training, operation, fingerprint, relaxedFrom, versions, machine } = config;
    return {
      ...(await this.named(run, config)),
      ...{ training, operation, fingerprint, relaxedFrom, versions, machine },
      quarantined: await quarantinedIn(this.deps.disk, run, runPaths(this.deps.root, run)),
      sweep: await this.sweeps.of(run),
    };
  }

  async details(found: FoundRun): Promise<RunDetails> {
    const { run, config } = found;
    const figures = await this.figures(run, config);
    return {
      ...(await this.head(found)),
      ...figures,
      settings: {},
      spikes: spikesIn(await this.evaluations(run).read()),
      sequencesPerStep: config.training.sequencesPerStep,
      goal: config.training.until,
      ...(await this.kept(run)),
    };
  }

  /** Returns which checkpoints there are, and of which step the best is. */
  private async kept(run: string): Promise<Pick<RunDetails, "checkpoints" | "best">> {
    const paths = runPaths(this.deps.root, run);
    const checkpoints = await readSteps(this.deps.disk, paths);
    return { checkpoints, best: await readBestStep(this.deps.disk, paths) };
  }

  /** Returns a run's curves. Reading continues where it stopped, unless many other runs were viewed since. */
  metrics(run: string): MetricsFile {
    return kept(this.files, run, keptMax, () => new MetricsFile(runPaths(this.deps.root, run).metrics));
  }

  /** Returns a run's evaluations, which take less memory than its curves, so that more runs' are kept. */
  private evaluations(run: string): EvaluationFile {
    const { metrics } = runPaths(this.deps.root, run);
    return kept(this.evaluationFiles, run, listedMax, () => new EvaluationFile(metrics));
  }

  /**
   * Returns the path of a step's checkpoint, or of the nearest one: the step may have been thinned out since it was
   * listed.
   *
   * @returns undefined if there is no checkpoint yet
   */
  async checkpoint({ run }: FoundRun, step: number): Promise<string | undefined> {
    const paths = runPaths(this.deps.root, run);
    const kept = await this.kept(run);
    const nearest = nearestStep(shownSteps(kept), step);
    if (nearest === undefined) return undefined;
    return kept.checkpoints.includes(nearest) ? checkpointPath(paths, nearest) : paths.best;
  }

  async state(run: string): Promise<{ state: string; reason: string | null }> {
    const stored = await readState(this.deps.disk, runPaths(this.deps.root, run));
    if (!isUnderWay(stored.state)) return stored;
    const held = await this.deps.held(run);
    if (held === false) return { ...stored, state: "stopped", reason: null };
    // While a run is under way, its reason is what it waits for.
    const reason = stored.reason === null ? null : `Waits for ${stored.reason}`;
    return { ...stored, reason: held === null ? (reason ?? unasked) : reason };
  }

  private async listed(run: string, config: StoredConfig, budget: Budget): Promise<ListedRun> {
    const named = await this.named(run, config);
    return { ...named, ...(await this.figures(run, config, budget)), settings: {} };
  }

  private async named(run: string, { training, operation, created }: StoredConfig) {
    const { state, reason } = await this.state(run);
    return {
      ...{ run, state, reason },
      model: training.model,
      network: networkText(training),
      task: training.task.name,
      steps: operation.steps,
      created,
      seed: training.seed,
      note: await readNote(this.deps.disk, runPaths(this.deps.root, run)),
    };
  }

  /** @param budget how many bytes of runs' lines may be read; the next time continues there. By default all are read */
  private async figures(
    run: string,
    { created }: StoredConfig,
    budget?: Budget,
  ): Promise<Pick<ListedRun, "step" | "loss" | "wrongBits" | "seconds" | "atBest" | "isRead">> {
    const paths = runPaths(this.deps.root, run);
    const file = this.evaluations(run);
    const evaluations = await file.read(budget);
    const { isRead, modified } = file;
    const newest = isRead ? figuresOf(file.newestStep) : await this.newest.of(paths.metrics);
    const best = bestOf(evaluations);
    return {
      ...newest,
      wrongBits: evaluations.findLast(({ split }) => split === validation)?.wrongBits ?? null,
      seconds: modified === null ? null : Math.max(0, (modified - Date.parse(created)) / 1000),
      atBest: best
        ? { step: best.step, wrongBits: best.wrongBits, lossBits: best.lossBits, exact: best.exact }
        : null,
      isRead,
    };
  }

  private async config(run: string): Promise<StoredConfig | undefined> {
    const paths = runPaths(this.deps.root, run);
    const key = await fileKey(paths.config);
    const before = this.configs.get(run);
    if (before?.key === key) return before.config;
    this.configs.delete(run);
    try {
      const config = await readConfig(this.deps.disk, run, paths);
      keep(this.configs, run, { key, config }, configsMax);
      return config;
    } catch (error) {
      if (error instanceof DamagedRunError) return undefined;
      throw error;
    }
  }
}

/** `NTM`, or `DNC with a feed-forward controller and masks`. */
export function networkText({ model, controller, ...training }: TrainingConfig): string {
  const memory = "memory" in training && "masked" in training.memory ? training.memory : null;
  const parts = [
    ...(controller.kind === "feedforward" ? ["a feed-forward controller"] : []),
    ...(memory?.masked ? ["masks"] : []),
    ...(memory?.deallocate ? ["de-allocation"] : []),
    ...(memory?.sharpen ? ["sharpening"] : []),
  ];
  const name = model.toUpperCase();
  return parts.length === 0 ? name : `${name} with ${new Intl.ListFormat("en-GB").format(parts)}`;
}

/** Who is excluded, and why; empty if the file cannot be read. */
async function quarantinedIn(disk: Disk, run: string, paths: RunPaths): Promise<string[]> {
  try {
    const { excluded } = await readDoubts(disk, run, paths);
    return excluded.map(
      ({ role, id, machine, why }) => `${role} ${id}${machine === null ? "" : ` and ${machine}`}: ${why}`,
    );
  } catch (error) {
    if (error instanceof DamagedRunError) return [];
    throw error;
  }
}
