/** The runs that are taken up: at the start those that have not ended, later others on request. */

import {
  messages,
  type RunFigures,
  type RunState,
  type RunSummary,
  runName,
  type SweepRunStanding,
} from "@memnet/protocol";
import {
  DamagedRunError,
  figures,
  readFigures,
  readIndexed,
  readNote,
  readState,
  readSummary,
  runPaths,
  type StoredConfig,
  standing,
  summary,
  validation,
} from "@memnet/runs";
import type { Log } from "@memnet/service";
import { type Condition, conditionText } from "memnet";
import { RunFolder } from "./run-folder.ts";
import type { RunsFolder } from "./runs-folder.ts";

export class Runs {
  private readonly folder: RunsFolder;
  private readonly log: Log;
  /** Runs being loaded, by name; bounded by the number of runs in the folder. */
  private readonly loading = new Map<string, Promise<RunFolder>>();
  private readonly loaded = new Map<string, RunFolder>();
  /** Summaries of runs that are not taken up and therefore do not change. */
  private readonly summaries = new Map<string, RunSummary>();
  /** Their standings in sweeps, by name and goal. */
  private readonly standings = new Map<string, SweepRunStanding>();

  constructor(folder: RunsFolder, log: Log) {
    this.folder = folder;
    this.log = log;
  }

  /** Returns the runs taken up, sorted by name. */
  all(): RunFolder[] {
    return [...this.loaded.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Counts the runs taken up, by state. */
  byState(): Map<RunState, number> {
    const counts = new Map<RunState, number>(messages.states.map((state) => [state, 0]));
    for (const { state } of this.loaded.values()) counts.set(state.state, counts.get(state.state)! + 1);
    return counts;
  }

  /**
   * Takes up every run that has not ended. A damaged run is logged and left alone. A run that was never granted is
   * removed: its evaluator may have been killed after a failed sync, so that its name never becomes durable.
   */
  async loadUnfinished(): Promise<void> {
    for (const name of await this.names()) {
      const { state } = await readState(this.folder.disk, runPaths(this.folder.root, name));
      if (state === "ended") continue;
      try {
        const run = await this.load(name);
        if (run.isUntold) await this.remove(run);
      } catch (error) {
        if (!(error instanceof DamagedRunError)) throw error;
        this.log.error("Left a damaged run alone", { run: name, error });
      }
    }
  }

  /**
   * Returns a run, taking it up if needed.
   *
   * @returns undefined if there is no such run
   * @throws DamagedRunError
   */
  async find(name: string): Promise<RunFolder | undefined> {
    const loaded = this.loaded.get(name);
    if (loaded) return loaded;
    return (await this.names()).includes(name) ? this.load(name) : undefined;
  }

  async create(name: string, config: StoredConfig): Promise<RunFolder> {
    const run = await RunFolder.create(this.folder, name, config);
    this.loaded.set(name, run);
    return run;
  }

  /** Forgets a run that was removed. */
  forget(name: string): void {
    const run = this.loaded.get(name);
    if (run) run.gone = true;
    this.loaded.delete(name);
    this.forgetRead(name);
  }

  /** Returns a summary of every run, with the state from its state file. */
  async summaryOfAll(): Promise<RunSummary[]> {
    const found: RunSummary[] = [];
    for (const name of await this.names()) {
      const loaded = this.loaded.get(name);
      const known = loaded
        ? summary(name, loaded)
        : (this.summaries.get(name) ?? (await this.readSummary(name)));
      if (!known) continue;
      // A person may have changed the note since the summary was kept.
      const { text, tags } = await readNote(this.folder.disk, runPaths(this.folder.root, name));
      found.push({ ...known, note: { text, tags: [...tags] } });
    }
    return found;
  }

  /** Returns one run's figures from its lines; undefined if there is no such run or it cannot be read. */
  async figures(name: string, goal: Condition): Promise<RunFigures | undefined> {
    const loaded = this.loaded.get(name);
    if (loaded) return figures(name, loaded, goal);
    if (!(await this.names()).includes(name)) return undefined;
    return readFigures(this.folder.disk, this.folder.root, name, goal);
  }

  /** Returns how far a run of a sweep is. */
  async standing(name: string, goal: Condition): Promise<SweepRunStanding> {
    const loaded = this.loaded.get(name);
    if (loaded)
      return standing(name, { summary: summary(name, loaded), figures: figures(name, loaded, goal) });
    const key = `${name} ${conditionText(goal)}`;
    const known = this.standings.get(key);
    if (known) return known;
    const read = await readIndexed(this.folder.disk, this.folder.root, name);
    const own = standing(name, read && { summary: summary(name, read), figures: figures(name, read, goal) });
    if (read) this.standings.set(key, own);
    return own;
  }

  /** Returns the validation figures of a run, ascending by step; empty if there is no such run. */
  async curve(name: string, figure: Condition["figure"]): Promise<[step: number, value: number][]> {
    const { index } =
      this.loaded.get(name) ?? (await readIndexed(this.folder.disk, this.folder.root, name)) ?? {};
    const lines = (index?.evaluations ?? []).filter(({ split }) => split === validation);
    return lines
      .flatMap((line): [number, number][] => {
        const value = line[figure];
        return value === null ? [] : [[line.step, value]];
      })
      .sort(([a], [b]) => a - b);
  }

  /** Resolves once all work now in every run's queues is done. */
  async idle(): Promise<void> {
    await Promise.all(this.all().map((run) => run.intake.idle()));
    await Promise.all(this.all().map((run) => run.queue.idle()));
  }

  /** Returns the folder names that are valid run names. */
  private async names(): Promise<string[]> {
    return (await this.folder.folders()).filter((name) => runName.safeParse(name).success);
  }

  private async remove(run: RunFolder): Promise<void> {
    await this.folder.discard(run.paths.folder);
    this.forget(run.name);
    this.log.info("Removed a run that was made and never opened", { run: run.name });
  }

  private load(name: string): Promise<RunFolder> {
    const under = this.loading.get(name);
    if (under) return under;
    const loading = RunFolder.load(this.folder, name)
      .then((run) => {
        this.loaded.set(name, run);
        this.forgetRead(name);
        return run;
      })
      .finally(() => this.loading.delete(name));
    this.loading.set(name, loading);
    return loading;
  }

  /** Forgets what was read of a run that may change from now on. */
  private forgetRead(name: string): void {
    this.summaries.delete(name);
    for (const key of this.standings.keys()) if (key.startsWith(`${name} `)) this.standings.delete(key);
  }

  private async readSummary(name: string): Promise<RunSummary | undefined> {
    const read = await readSummary(this.folder.disk, this.folder.root, name);
    if (read) this.summaries.set(name, read);
    return read;
  }
}
