/**
 * The evaluator's access to one run's folder. The state in memory changes only after the disk has it. All methods that
 * write must be called one at a time, from the run's queue.
 */

import { join } from "node:path";
import { hashOf, isUnderWay } from "@memnet/protocol";
import {
  addToIndex,
  checkpointPath,
  DamagedRunError,
  type Doubts,
  differences,
  diskCode,
  doubtsText,
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
  readDoubts,
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
import { startAnotherRun } from "./other-run.ts";
import { bytesOf, type RunsFolder } from "./runs-folder.ts";
import { Serial } from "./serial.ts";

/**
 * Maximum number of requests in progress for one run: a few from a coordinator, a watcher and measuring, and log lines.
 */
const requestsMax = 64;

/** A coordinator has at most two unacknowledged snapshots, and may repeat each. */
const snapshotsMax = 4;

/** Bound on concurrent claims of one epoch; each comes from another evaluator that is being fenced. */
const claimsMax = 100;

export class RunFolder {
  readonly name: string;
  readonly paths: RunPaths;
  readonly queue: Serial;
  /** Incoming snapshots. They are separate from `queue`, which a slow pull must not hold up. */
  readonly intake: Serial;
  /** Set once the run is removed; work that still waits in its queues is refused. */
  gone = false;
  private readonly folder: RunsFolder;
  config: StoredConfig;
  /** Hash of the training configuration. */
  readonly trainingHash: string;
  epoch: number;
  holder: Holder | null;
  state: StoredState;
  doubts: Doubts;
  index: LineIndex = emptyIndex();
  /** Steps that have a file, ascending. */
  checkpoints: readonly number[];
  /** The step that best.safetensors is a copy of. */
  bestStep: number | null;
  /** Whether metrics.jsonl ends with a whole line and only this generation appends to it. */
  private tidy = false;
  private epochEnd = new AbortController();

  private constructor(folder: RunsFolder, name: string, paths: RunPaths, read: Read) {
    this.folder = folder;
    this.name = name;
    this.paths = paths;
    this.queue = new Serial(`run ${name}`, requestsMax);
    this.intake = new Serial(`snapshots of run ${name}`, snapshotsMax);
    this.config = read.config;
    this.trainingHash = trainingHash(read.config.training);
    this.epoch = read.epoch.epoch;
    this.holder = read.epoch.holder;
    this.state = read.state;
    this.doubts = read.doubts;
    this.checkpoints = read.checkpoints;
    this.bestStep = read.bestStep;
  }

  /**
   * Loads a run and takes it up. On a full disk the lines are only read; settle() takes the run up before any line is
   * added.
   *
   * @throws DamagedRunError if config.json cannot be read
   */
  static async load(folder: RunsFolder, name: string): Promise<RunFolder> {
    const { disk } = folder;
    const paths = runPaths(folder.root, name);
    const config = await readConfig(disk, name, paths);
    await disk.mkdir(paths.epochs);
    await disk.mkdir(paths.checkpoints);
    const [epoch, state, doubts, checkpoints, bestStep] = [
      await readEpoch(disk, paths),
      await readState(disk, paths),
      await readDoubts(disk, name, paths),
      await readSteps(disk, paths),
      await readBestStep(disk, paths),
    ];
    const run = new RunFolder(folder, name, paths, { config, epoch, state, doubts, checkpoints, bestStep });
    try {
      await run.takeUp();
    } catch (error) {
      if (!diskCode(error)) throw error;
      run.index = (await run.readLines(() => true, regular)).index;
    }
    return run;
  }

  /** Creates a new run's folder, atomically. */
  static async create(folder: RunsFolder, name: string, config: StoredConfig): Promise<RunFolder> {
    const { disk, root } = folder;
    await folder.putFolder(join(root, name), async (temporary) => {
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

  /** Whether the run's state says that a coordinator holds it. */
  get isUnderWay(): boolean {
    return isUnderWay(this.state.state);
  }

  /** Whether the run was created but never granted to a coordinator. */
  get isUntold(): boolean {
    return this.epoch === 0 && this.checkpoints.length === 0;
  }

  /** The newest step that has a checkpoint; 0 if none has. */
  get kept(): number {
    return this.checkpoints.at(-1) ?? 0;
  }

  /** The last step that has a record or a checkpoint. The lost record of a stored checkpoint is not requested again. */
  get lastRecord(): number {
    return Math.max(this.index.lastStep, this.kept);
  }

  /** Replaces metrics.jsonl by a copy without a torn line, and makes the list of checkpoints durable. */
  async takeUp(): Promise<void> {
    await this.rewriteLines(() => true, regular);
  }

  /**
   * Cuts the lines after a step, and repairs the records up to it.
   *
   * @returns what was repaired
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
    // A process may have been killed right after it moved a checkpoint; only this sync makes the move durable.
    await this.folder.disk.syncFolder(this.paths.checkpoints);
    const { index, kept } = await this.readLines(stays, found);
    await this.folder.replace(this.paths.metrics, Buffer.concat(kept));
    this.index = index;
    this.tidy = true;
  }

  /** Recovers from a failed write, after which the index may lack lines that are in the file. */
  async settle(): Promise<void> {
    if (!this.tidy) await this.takeUp();
  }

  /** Appends lines: all of them or, after a crash, the first few. They are durable once the promise resolves. */
  async addLines(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    await this.settle();
    // If the write fails halfway, the torn line is dropped when the file is next taken up.
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

  async writeDoubts(doubts: Doubts): Promise<void> {
    await this.folder.replace(this.paths.doubts, bytesOf(doubtsText(doubts)));
    this.doubts = doubts;
  }

  /** Aborts once a newer epoch is claimed. */
  get superseded(): AbortSignal {
    return this.epochEnd.signal;
  }

  /** Claims the next epoch. Once the promise resolves, no evaluator ever grants that epoch to another coordinator. */
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
   * Reads and checks a checkpoint.
   *
   * @throws DamagedRunError if it is missing, damaged or another step's, OtherConfigurationError if it was made with
   *   other settings than config.json has
   */
  async readCheckpoint(step: number): Promise<ReadCheckpoint> {
    const bytes = await readIfThere(this.folder.disk, checkpointPath(this.paths, step));
    if (!bytes) throw new DamagedRunError(this.name, `checkpoint ${step} is gone`);
    const learner = this.checked(step, bytes);
    return { learner, bytes, parametersHash: parametersHash(learner.parameters) };
  }

  /**
   * Compares the parameters' hash with the step's line in metrics.jsonl.
   *
   * @throws DamagedRunError if they differ
   */
  checkRecorded(step: number, parametersHash: string): void {
    const known = this.index.checkpoints.get(step);
    if (known === undefined || known === parametersHash) return;
    throw new DamagedRunError(
      this.name,
      `the parameters of checkpoint ${step} must have the hash in metrics.jsonl, ${known}, got ${parametersHash}`,
    );
  }

  /** Decodes and checks a checkpoint. Throws like readCheckpoint(). */
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
      const instead = startAnotherRun(this.folder.root, this.name, learner.training, training);
      throw new OtherConfigurationError(this.name, step, different, instead);
    }
    if (learner.step !== step) {
      throw new DamagedRunError(this.name, `checkpoint ${step} must hold that step, got ${learner.step}`);
    }
    return learner;
  }

  /** Returns the SHA-256 of a checkpoint's file; undefined if there is none. */
  async fileHash(step: number): Promise<string | undefined> {
    const bytes = await readIfThere(this.folder.disk, checkpointPath(this.paths, step));
    return bytes && hashOf(bytes);
  }

  /** Moves a checkpoint to the folder of quarantined checkpoints. */
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

  /**
   * Writes or removes best.safetensors.
   *
   * @param best null if no measured step is left that has a checkpoint
   */
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
  readonly parametersHash: string;
}

interface Read {
  readonly config: StoredConfig;
  readonly epoch: Epoch;
  readonly state: StoredState;
  readonly doubts: Doubts;
  readonly checkpoints: readonly number[];
  readonly bestStep: number | null;
}
