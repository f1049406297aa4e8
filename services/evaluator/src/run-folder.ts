/**
 * One run's folder as its evaluator writes it. What is kept in memory changes only after the disk has it; all methods
 * that write are called one at a time, from the run's queue.
 */

import { join } from "node:path";
import { hashOf, isUnderWay } from "@memnet/protocol";
import {
  addToIndex,
  checkpointPath,
  DamagedRunError,
  differences,
  diskCode,
  type Epoch,
  eachLine,
  emptyIndex,
  type Holder,
  type Irregular,
  type Line,
  type LineIndex,
  Mender,
  type MetricsLine,
  parseLine,
  pathsIn,
  Records,
  type RunPaths,
  readBestStep,
  readConfig,
  readEpoch,
  readIfThere,
  readState,
  readSteps,
  regular,
  runPaths,
  type StoredConfig,
  type StoredState,
  staysAt,
  storedConfigText,
} from "@memnet/runs";
import { decodeCheckpoint, type Learner, parametersHash, trainingHash } from "memnet";
import { OtherConfigurationError } from "./errors.ts";
import { otherRunCommand } from "./other-run.ts";
import { bytesOf, type RunsFolder } from "./runs-folder.ts";
import { Serial } from "./serial.ts";

/** Requests for one run that are under way: a coordinator's few, a watcher's, the measuring's, and log lines. */
const requestsMax = 64;

/** A coordinator goes at most two snapshots past the last acknowledged one, and may repeat each. */
const snapshotsMax = 4;

/** Claims of one epoch at the same moment: evaluators that are being fenced, one each. */
const claimsMax = 100;

export class RunFolder {
  readonly name: string;
  readonly paths: RunPaths;
  readonly queue: Serial;
  /** Snapshots on their way in; apart from the queue, which a slow pull must not hold up. */
  readonly intake: Serial;
  /** Set once it is removed; what still waits in its queues is refused. */
  gone = false;
  private readonly folder: RunsFolder;
  config: StoredConfig;
  /** Of the training configuration. */
  readonly training: string;
  epoch: number;
  holder: Holder | null;
  state: StoredState;
  index: LineIndex = emptyIndex();
  /** Steps that have a file, ascending. */
  checkpoints: readonly number[];
  /** The step of best.safetensors. */
  bestStep: number | null;
  /** Whether metrics.jsonl ends in whole lines that this generation alone appends to. */
  private tidy = false;
  private epochEnd = new AbortController();

  private constructor(folder: RunsFolder, name: string, paths: RunPaths, read: Read) {
    this.folder = folder;
    this.name = name;
    this.paths = paths;
    this.queue = new Serial(`run ${name}`, requestsMax);
    this.intake = new Serial(`snapshots of run ${name}`, snapshotsMax);
    this.config = read.config;
    this.training = trainingHash(read.config.training);
    this.epoch = read.epoch.epoch;
    this.holder = read.epoch.holder;
    this.state = read.state;
    this.checkpoints = read.checkpoints;
    this.bestStep = read.bestStep;
  }

  /**
   * Takes a run up. On a full disk its lines are read without being taken up; that is made good before any is added.
   *
   * @throws DamagedRunError where config.json cannot be read
   */
  static async load(folder: RunsFolder, name: string): Promise<RunFolder> {
    const { disk } = folder;
    const paths = runPaths(folder.root, name);
    const config = await readConfig(disk, name, paths);
    await disk.mkdir(paths.epochs);
    await disk.mkdir(paths.checkpoints);
    const [epoch, state, checkpoints, bestStep] = [
      await readEpoch(disk, paths),
      await readState(disk, paths),
      await readSteps(disk, paths),
      await readBestStep(disk, paths),
    ];
    const run = new RunFolder(folder, name, paths, { config, epoch, state, checkpoints, bestStep });
    try {
      await run.takeUp();
    } catch (error) {
      if (!diskCode(error)) throw error;
      run.index = (await run.readLines(() => true, regular)).index;
    }
    return run;
  }

  /** A new run's folder, as a whole or not at all. */
  static async create(folder: RunsFolder, name: string, config: StoredConfig): Promise<RunFolder> {
    const { disk, root } = folder;
    await folder.place(join(root, name), async (temporary) => {
      const paths = pathsIn(temporary);
      for (const made of [paths.epochs, paths.checkpoints]) await disk.mkdir(made);
      const state: StoredState = { state: "waiting", reason: null, epoch: 0 };
      for (const [path, text] of [
        [paths.config, storedConfigText(config)],
        [paths.state, `${JSON.stringify(state)}\n`],
        [paths.metrics, ""],
        [paths.log, ""],
      ] as const) {
        await disk.writeFile(path, bytesOf(text));
        await disk.syncFile(path);
      }
    });
    return RunFolder.load(folder, name);
  }

  /** Whether its state says that a coordinator holds it. */
  get isUnderWay(): boolean {
    return isUnderWay(this.state.state);
  }

  /** Whether it was made and never given to a coordinator. */
  get isUntold(): boolean {
    return this.epoch === 0 && this.checkpoints.length === 0;
  }

  /** The newest step that is kept; 0 where none is. */
  get kept(): number {
    return this.checkpoints.at(-1) ?? 0;
  }

  /** The last step whose record is in, or whose checkpoint is: a record that was lost is not asked for again. */
  get lastRecord(): number {
    return Math.max(this.index.lastStep, this.kept);
  }

  /** Rewrites metrics.jsonl under a rename without a torn line. Checkpoints last as listed. */
  async takeUp(): Promise<void> {
    await this.rewriteLines(() => true, regular);
  }

  /**
   * Cuts the lines after a step, and mends the records up to it.
   *
   * @returns what was mended
   */
  async cutLines(step: number): Promise<Irregular> {
    const records = new Records();
    const stays = (line: Line) => staysAt(step, line);
    await eachLine(await this.readMetrics(), (line) => {
      if (stays(line)) records.note(line);
    });
    const found = records.irregular(step);
    await this.rewriteLines(stays, found);
    return found;
  }

  private async rewriteLines(stays: (line: Line) => boolean, found: Irregular): Promise<void> {
    this.tidy = false;
    // A process that moved a checkpoint may have been killed before the move lasted; only this makes sure.
    await this.folder.disk.syncFolder(this.paths.checkpoints);
    const { index, kept } = await this.readLines(stays, found);
    await this.folder.replace(this.paths.metrics, Buffer.concat(kept));
    this.index = index;
    this.tidy = true;
  }

  /** Makes good a write that failed: until then the index may lack lines that are there. */
  async settle(): Promise<void> {
    if (!this.tidy) await this.takeUp();
  }

  /** Adds lines, all of them or, after a crash, the first few; once it resolves, they last. */
  async addLines(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    await this.settle();
    // What is written by halves is dropped when the file is next taken up.
    this.tidy = false;
    await this.folder.append(this.paths.metrics, bytesOf(`${texts.join("\n")}\n`), true);
    this.tidy = true;
    for (const text of texts) {
      const line = parseLine(text);
      if (line) addToIndex(this.index, line);
    }
  }

  async addLog(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.folder.append(this.paths.log, bytesOf(`${lines.join("\n")}\n`), false);
  }

  async writeConfig(config: StoredConfig): Promise<void> {
    await this.folder.replace(this.paths.config, bytesOf(storedConfigText(config)));
    this.config = config;
  }

  async writeState(state: StoredState): Promise<void> {
    await this.folder.replace(this.paths.state, bytesOf(`${JSON.stringify(state)}\n`));
    this.state = state;
  }

  /** Given once there is a newer epoch than the present one. */
  get superseded(): AbortSignal {
    return this.epochEnd.signal;
  }

  /** Claims the next epoch; once it resolves, no evaluator ever gives it to another. */
  async claimEpoch(holder: Holder): Promise<void> {
    for (let epoch = this.epoch + 1; epoch <= this.epoch + claimsMax; epoch++) {
      try {
        await this.folder.create(join(this.paths.epochs, String(epoch)), bytesOf(JSON.stringify(holder)));
      } catch (error) {
        if (diskCode(error) === "EEXIST") continue;
        throw error;
      }
      this.epoch = epoch;
      this.holder = holder;
      this.epochEnd.abort();
      this.epochEnd = new AbortController();
      return;
    }
    throw new DamagedRunError(this.name, `the ${claimsMax} epochs after ${this.epoch} are all taken`);
  }

  async writeCheckpoint(step: number, bytes: Uint8Array): Promise<void> {
    await this.folder.replace(checkpointPath(this.paths, step), bytes);
    this.checkpoints = [...new Set([...this.checkpoints, step])].sort((a, b) => a - b);
  }

  /**
   * @throws DamagedRunError if it is gone, damaged or another step's, OtherConfigurationError if it was made with other
   *   settings than config.json has
   */
  async readCheckpoint(step: number): Promise<ReadCheckpoint> {
    const bytes = await readIfThere(this.folder.disk, checkpointPath(this.paths, step));
    if (!bytes) throw new DamagedRunError(this.name, `checkpoint ${step} is gone`);
    const learner = this.checked(step, bytes);
    return { learner, bytes, parameters: parametersHash(learner.parameters) };
  }

  /** @throws DamagedRunError where the step's line in metrics.jsonl has another hash of its parameters */
  checkRecorded(step: number, parameters: string): void {
    const known = this.index.checkpoints.get(step);
    if (known === undefined || known === parameters) return;
    throw new DamagedRunError(
      this.name,
      `the parameters of checkpoint ${step} must have the hash in metrics.jsonl, ${known}, got ${parameters}`,
    );
  }

  /** The checkpoint that these bytes are; throws as readCheckpoint() does. */
  checked(step: number, bytes: Uint8Array): Learner {
    let learner: Learner;
    try {
      learner = decodeCheckpoint(bytes);
    } catch (cause) {
      throw new DamagedRunError(this.name, `checkpoint ${step}: ${(cause as Error).message}`, { cause });
    }
    const { training } = this.config;
    const different = differences(learner.training, training, ["in the checkpoint", "in config.json"]);
    if (different) {
      const instead = otherRunCommand(this.folder.root, this.name, learner.training, training);
      throw new OtherConfigurationError(this.name, step, different, instead);
    }
    if (learner.step !== step) {
      throw new DamagedRunError(this.name, `checkpoint ${step} must hold that step, got ${learner.step}`);
    }
    return learner;
  }

  /** SHA-256 of a checkpoint's file; undefined where there is none. */
  async fileHash(step: number): Promise<string | undefined> {
    const bytes = await readIfThere(this.folder.disk, checkpointPath(this.paths, step));
    return bytes && hashOf(bytes);
  }

  /** Moves a checkpoint out of the run's way. */
  async setAside(step: number): Promise<void> {
    await this.folder.disk.mkdir(this.paths.setAside);
    const taken = new Set((await this.folder.disk.readdir(this.paths.setAside)).map(({ name }) => name));
    let name = `${step}.safetensors`;
    for (let copy = 2; taken.has(name); copy++) name = `${step}-${copy}.safetensors`;
    try {
      await this.folder.move(checkpointPath(this.paths, step), join(this.paths.setAside, name));
    } catch (error) {
      if (diskCode(error) !== "ENOENT") throw error;
    }
    this.checkpoints = this.checkpoints.filter((other) => other !== step);
  }

  async removeCheckpoint(step: number): Promise<void> {
    await this.folder.remove(checkpointPath(this.paths, step));
    this.checkpoints = this.checkpoints.filter((other) => other !== step);
  }

  /** @param bytes null: no measured step is left whose checkpoint is here */
  async writeBest(best: { step: number; bytes: Uint8Array } | null): Promise<void> {
    if (best) await this.folder.replace(this.paths.best, best.bytes);
    else await this.folder.remove(this.paths.best);
    this.bestStep = best?.step ?? null;
  }

  private async readLines(
    stays: (line: Line) => boolean,
    found: Irregular,
  ): Promise<{ index: LineIndex; kept: Uint8Array[] }> {
    const mender = new Mender(found);
    const index = emptyIndex();
    const kept: Uint8Array[] = [];
    const keep = (lines: readonly MetricsLine[]) => {
      for (const { line, bytes } of lines) {
        addToIndex(index, line);
        kept.push(bytes);
      }
    };
    await eachLine(await this.readMetrics(), (line, bytes) => {
      if (stays(line)) keep(mender.mend({ line, bytes }));
    });
    keep(mender.rest());
    return { index, kept };
  }

  private async readMetrics(): Promise<Uint8Array> {
    return (await readIfThere(this.folder.disk, this.paths.metrics)) ?? new Uint8Array(0);
  }
}

export interface ReadCheckpoint {
  readonly learner: Learner;
  readonly bytes: Uint8Array;
  /** SHA-256 of the parameters. */
  readonly parameters: string;
}

interface Read {
  readonly config: StoredConfig;
  readonly epoch: Epoch;
  readonly state: StoredState;
  readonly checkpoints: readonly number[];
  readonly bestStep: number | null;
}
