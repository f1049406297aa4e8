/** What the page tells of the runs of a folder; it reads their files and writes nothing. */

import { open } from "node:fs/promises";
import { isUnderWay } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { DamagedRunError } from "../errors.ts";
import { eachLine } from "../lines.ts";
import { checkpointPath, runPaths } from "../paths.ts";
import { runNames } from "../reading.ts";
import { readBestStep, readConfig, readState, readSteps } from "../run-files.ts";
import type { StoredConfig } from "../stored-config.ts";
import { MetricsFile } from "./metrics-file.ts";
import type { ListedRun, RunDetails } from "./shared/api.ts";

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

/** The newest lines: some thousand steps, and with them the newest evaluation of the usual intervals. */
const endBytes = 256 * 1024;

/** Runs whose curves are kept in memory: some megabytes for a long one. */
const keptMax = 16;

export class RunData {
  private readonly deps: RunDataDeps;
  private readonly files = new Map<string, MetricsFile>();

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

  /** The file of a step's checkpoint; of the best where it was thinned out elsewhere. */
  checkpoint({ run, details }: FoundRun, step: number): string | undefined {
    const paths = runPaths(this.deps.root, run);
    if (details.checkpoints.includes(step)) return checkpointPath(paths, step);
    return details.best === step ? paths.best : undefined;
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
    const newest = await newestFigures(runPaths(this.deps.root, run).metrics);
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

/** From the file's end alone, so that a list of long runs comes at once. */
async function newestFigures(path: string): Promise<Pick<ListedRun, "step" | "loss" | "wrongBits">> {
  const newest = { step: 0, loss: null as number | null, wrongBits: null as number | null };
  await eachLine(await endOf(path), ({ kind, step, value }) => {
    if (kind === "step") {
      newest.step = step!;
      newest.loss = typeof value.loss === "number" ? value.loss : null;
    } else if (kind === "evaluation" && value.split === "validation") {
      newest.wrongBits = typeof value.wrongBits === "number" ? value.wrongBits : null;
    }
  });
  return newest;
}

async function endOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, "r").catch((error) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (!handle) return new Uint8Array(0);
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - endBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const bytes = buffer.subarray(0, bytesRead);
    // The first line is cut unless it is the file's own first.
    return from === 0 ? bytes : bytes.subarray(bytes.indexOf(0x0a) + 1);
  } finally {
    await handle.close();
  }
}
