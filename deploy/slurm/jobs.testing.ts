/** Submits memnet.sbatch to a Slurm of the test's own, and reads what its jobs leave behind. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { skipWithout } from "@memnet/service/testing";
import { type Task, type TrainSettings, train } from "memnet";
import { plainEnvironment } from "../../test/cluster/processes.ts";
import { Slurm, skipWithoutSlurm } from "./slurm.testing.ts";

export const skipJobs = skipWithoutSlurm() || skipWithout("nats-server");

const script = fileURLToPath(new URL("memnet.sbatch", import.meta.url));
const checkout = fileURLToPath(new URL("../..", import.meta.url));
const engine = "wasm";

interface Line {
  readonly kind: string;
  readonly step: number;
  readonly sha256?: string;
}

/** A job of memnet.sbatch, with a runs folder of its own. */
export class Job implements AsyncDisposable {
  readonly slurm: Slurm;
  readonly id: string;
  private readonly runs: string;

  private constructor(slurm: Slurm, id: string, runs: string) {
    this.slurm = slurm;
    this.id = id;
    this.runs = runs;
  }

  /**
   * Starts a Slurm, and submits the script as from the checkout.
   *
   * @param sbatch options of sbatch
   * @param args   arguments of the script
   */
  static async start(sbatch: readonly string[], args: readonly string[]): Promise<Job> {
    const runs = mkdtempSync(join(tmpdir(), "memnet-slurm-runs-"));
    const slurm = await Slurm.start({ ...plainEnvironment(), MEMNET_RUNS_DIR: runs, MEMNET_RUN: "copy" });
    const where = [`--chdir=${checkout}`, `--output=${slurm.folder}/%j.log`];
    return new Job(slurm, slurm.run("sbatch", "--parsable", ...where, ...sbatch, script, ...args), runs);
  }

  /** A field of `scontrol show job`, such as `Restarts`. */
  field(name: string): string {
    return this.slurm.field(this.id, name);
  }

  /** Sends a signal to the job's script alone. */
  signal(name: string): void {
    this.slurm.run("scancel", "--batch", `--signal=${name}`, this.id);
  }

  /** Waits until the job is in a state. */
  async reaches(state: string): Promise<void> {
    await this.slurm.until(`job ${this.id} is ${state}`, () => this.field("JobState") === state);
  }

  /** Waits for a run's checkpoint at or after a step. */
  async checkpoint(step: number, run = "copy"): Promise<void> {
    const there = () => {
      assert.notEqual(this.field("JobState"), "FAILED", this.output());
      return (this.lastCheckpoint(run)?.step ?? -1) >= step;
    };
    await this.slurm.until(`run ${run} has a checkpoint of step ${step}`, there);
  }

  lastCheckpoint(run = "copy"): Line | undefined {
    return this.lines(run).findLast(({ kind }) => kind === "checkpoint");
  }

  state(run = "copy"): string {
    return readFileSync(join(this.runs, run, "state"), "utf8");
  }

  /** What the job has printed, in all its lives. */
  output(): string {
    const path = join(this.slurm.folder, `${this.id}.log`);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Checks that a run's last parameters are those of an undisturbed run, and that each step is recorded once. */
  async checkBits(
    settings: TrainSettings,
    { run = "copy", ...own }: { readonly run?: string; readonly task?: Task } = {},
  ): Promise<void> {
    const { step, sha256 } = this.lastCheckpoint(run)!;
    const alone = await train({ settings: { ...settings, steps: step }, engine, ...own });
    assert.equal(sha256, alone.sha256, run);
    const steps = this.lines(run).filter(({ kind }) => kind === "step");
    const all = Array.from({ length: step }, (_, index) => index + 1);
    assert.deepEqual(
      steps.map((line) => line.step),
      all,
      run,
    );
  }

  private lines(run: string): Line[] {
    try {
      const text = readFileSync(join(this.runs, run, "metrics.jsonl"), "utf8");
      return text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    } catch {
      // Not yet there, or its last line is being written.
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.slurm[Symbol.asyncDispose]();
    rmSync(this.runs, { recursive: true, force: true, maxRetries: 3 });
  }
}
