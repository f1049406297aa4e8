/** Test helper for the page: a runs folder written without any training. */

import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SweepRecord } from "@memnet/protocol";
import {
  checkpointPath,
  runPaths,
  type StoredConfig,
  storedConfigText,
  sweepPath,
  sweepsFolder,
  sweepText,
} from "@memnet/runs";
import { checkpointBytes, recordLines, smallConfig } from "@memnet/runs/testing";
import type { Settings } from "memnet";

export class RunsOnDisk implements AsyncDisposable {
  readonly root: string;

  static async begin(): Promise<RunsOnDisk> {
    return new RunsOnDisk(await mkdtemp(join(tmpdir(), "memnet-page-")));
  }

  private constructor(root: string) {
    this.root = root;
  }

  /** Adds a small copy run with the records of `steps` steps and, by default, checkpoints of steps 1 and `steps`. */
  async add(
    run: string,
    {
      steps = 4,
      created = "2026-01-01T00:00:00.000Z",
      state = "ended",
      settings = {},
      checkpoints = [1, steps],
    }: Made = {},
  ) {
    const config = smallConfig(settings);
    const stored: StoredConfig = {
      ...config,
      ...{ fingerprint: null, relaxedFrom: null, versions: {}, machine: "box", created },
    };
    await mkdir(join(this.root, run, "checkpoints"), { recursive: true });
    await writeFile(join(this.root, run, "config.json"), storedConfigText(stored));
    await this.setState(run, state);
    for (const step of new Set(checkpoints)) {
      await writeFile(this.checkpoint(run, step), checkpointBytes(config, step));
    }
    await this.append(run, recordLines(1, steps) + evaluationLine(steps, "validation", 2));
  }

  /** Stores a sweep without its runs. */
  async addSweep(sweep: SweepRecord): Promise<void> {
    await mkdir(sweepsFolder(this.root), { recursive: true });
    await writeFile(sweepPath(this.root, sweep.name), sweepText(sweep));
  }

  async setState(run: string, state: string): Promise<void> {
    await writeFile(join(this.root, run, "state"), JSON.stringify({ state, reason: null }));
  }

  async append(run: string, lines: string): Promise<void> {
    await appendFile(this.metrics(run), lines);
  }

  checkpoint(run: string, step: number): string {
    return checkpointPath(runPaths(this.root, run), step);
  }

  metrics(run: string): string {
    return join(this.root, run, "metrics.jsonl");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

interface Made {
  readonly steps?: number;
  readonly created?: string;
  readonly state?: string;
  readonly settings?: Settings;
  readonly checkpoints?: readonly number[];
}

export function evaluationLine(step: number, split: string, wrongBits: number): string {
  const figures = { loss: 1.5, lossBits: 1.5 / Math.LN2, wrongBits, exact: 0.25, sequences: 16 };
  return `${JSON.stringify({ kind: "evaluation", step, split, ...figures })}\n`;
}

/** Returns a sweep over two sizes of memory and two seeds, compared by fewer than 0.5 wrong bits. */
export function smallSweep(rest: Partial<SweepRecord> = {}): SweepRecord {
  return {
    name: "sizes",
    goal: { figure: "wrongBits", comparison: "<", value: 0.5 },
    points: ["8", "16"].map((slots) => ({ label: slots, settings: { "memory.slots": slots } })),
    seeds: [1, 2],
    pruned: [],
    ...rest,
  };
}
