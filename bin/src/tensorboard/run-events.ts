/** Writes what a run has recorded so far to its folder of events. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { episodeImages } from "@memnet/page/episode-images";
import { MetricsFile, secondsUpTo } from "@memnet/page/metrics";
import { type Player, threadPlayer } from "@memnet/page/player";
import { firstSizes } from "@memnet/page/sizes";
import {
  checkpointPath,
  type RunPaths,
  readConfig,
  readState,
  readSteps,
  runPaths,
  type StoredConfig,
} from "@memnet/runs";
import { systemDisk } from "@memnet/service/disk";
import { complain, UsageError } from "@memnet/terminal";
import { EventFolder } from "./event-folder.ts";
import { imagesEvent, type Moment, scalarsEvent, sessionEndEvent, sessionStartEvent } from "./events.ts";
import { begunAt, type Cursor, scalarsAfter, start } from "./figures.ts";
import { hparamsOf } from "./settings.ts";

export interface EventsOptions {
  /** The runs folder. */
  readonly root: string;
  readonly run: string;
  /** The folder that TensorBoard is given; the run's events are in a folder of the run's name there. */
  readonly folder: string;
}

/** The first picture of an episode. It says whether a checkpoint has its pictures. */
const firstPicture = "episode/Input";

export class RunEvents implements AsyncDisposable {
  readonly path: string;
  private readonly run: string;
  private readonly paths: RunPaths;
  private readonly events: EventFolder;
  private readonly metrics: MetricsFile;
  private readonly player: Player;
  private file = "";
  private cursor: Cursor = start;
  private isChecked = false;

  /** @throws UsageError if the folder has events of another run of that name */
  constructor({ root, run, folder }: EventsOptions) {
    this.run = run;
    this.path = join(folder, run);
    this.paths = runPaths(root, run);
    this.events = new EventFolder(this.path);
    this.metrics = new MetricsFile(this.paths.metrics);
    this.player = threadPlayer();
    if (this.events.begun !== null && !existsSync(this.paths.config)) throw this.otherRun();
  }

  /** Adds the settings, the figures recorded since the last call, and how the run has ended. */
  async addFigures(): Promise<void> {
    const config = await this.config();
    if (config === null) return;
    const begun = { step: 0, time: begunAt(config) };
    this.events.add(sessionStartEvent(begun, hparamsOf(config)));
    const columns = await this.metrics.read();
    // The evaluator replaces the file when a run resumes from an earlier step. Its lines are then read again.
    if (columns.file !== this.file) this.cursor = start;
    this.file = columns.file;
    for (const { at, scalars } of scalarsAfter(this.cursor, columns, config)) {
      this.events.add(scalarsEvent(at, scalars));
    }
    this.cursor = { steps: columns.steps.length, evaluations: columns.evaluations.length };
    const { state } = await readState(systemDisk, this.paths);
    if (state === "ended" || state === "failed") {
      this.events.add(sessionEndEvent({ step: 0, time: begun.time + (columns.seconds.at(-1) ?? 0) }, state));
    }
    this.events.flush();
  }

  /** Adds the pictures of an episode at the kept checkpoints, or at the newest alone. */
  async addPictures(which: "all" | "newest"): Promise<void> {
    const config = await this.config();
    if (config === null) return;
    const kept = await readSteps(systemDisk, this.paths);
    const columns = await this.metrics.read();
    for (const step of which === "all" ? kept : kept.slice(-1)) {
      if (this.events.has(firstPicture, step)) continue;
      await this.addEpisode(config, { step, time: begunAt(config) + secondsUpTo(columns, step) });
      this.events.flush();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.player.close();
  }

  /** The run's configuration; null before the run exists. */
  private async config(): Promise<StoredConfig | null> {
    if (!existsSync(this.paths.config)) return null;
    const config = await readConfig(systemDisk, this.run, this.paths);
    const { begun } = this.events;
    if (!this.isChecked && begun !== null && begun !== begunAt(config)) throw this.otherRun();
    this.isChecked = true;
    return config;
  }

  /** Plays the episode that the report shows: the first of the run's seed, with the largest sizes of training. */
  private async addEpisode({ training, operation }: StoredConfig, at: Moment): Promise<void> {
    const job = { training, taskFile: operation.taskFile };
    const { signal } = new AbortController();
    const path = checkpointPath(this.paths, at.step);
    try {
      const { sizes } = await this.player.describe(job, signal);
      const asked = { ...job, path, sizes: firstSizes(sizes), seed: training.seed, episode: 0 };
      const images = episodeImages(await this.player.play(asked, signal));
      this.events.add(
        imagesEvent(at, new Map([...images].map(([title, image]) => [`episode/${title}`, image]))),
      );
    } catch (error) {
      // The evaluator may have thinned the checkpoints meanwhile.
      if (existsSync(path)) complain(`Passing over ${path}: ${(error as Error).message}`);
    }
  }

  private otherRun(): UsageError {
    return new UsageError(
      `Cannot write to ${this.path}: it must have events of this run alone, and has those of another run ${this.run}; remove it, or name another folder`,
    );
  }
}
