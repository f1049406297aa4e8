/** Writes a run of the library as the evaluator writes one, so that the page and every command can read it. */

import { appendFile, mkdir, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { newRunName } from "@memnet/protocol";
import { systemDisk, writeDurably } from "@memnet/service/disk";
import {
  beyondBatches,
  beyondTraining,
  builtInTasks,
  fingerprint,
  measure,
  pause,
  probeBatch,
  type Recorder,
  type StepEvaluation,
  type StepRecord,
  type Trainer,
} from "memnet";
import { isBeyondDue, measuredSteps, validation } from "./due.ts";
import { checkpointLine, type EvaluationLine, evaluationLine, eventLine, stepLine } from "./lines.ts";
import { checkpointPath, type RunPaths, runPaths, stepsOf } from "./paths.ts";
import { thinned } from "./retention.ts";
import { evaluationPlan, type StoredConfig, storedConfigText } from "./stored-config.ts";

export interface RecordedRun {
  /** The runs folder. */
  readonly root: string;
  /** MACHINE_TIMESTAMP by default. */
  readonly run?: string | undefined;
  /** Of memnet and of what it runs on, for config.json. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Lines are appended at least this often, so that the page follows a run. */
const flushMs = 500;

export function recorder(where: RecordedRun): Recorder {
  let written: WrittenRun | undefined;
  return {
    async begin(trainer) {
      written = await WrittenRun.begin(trainer, where);
    },
    step: async (record) => written?.step(record),
    evaluation: async (evaluation, isBest) => written?.evaluation(evaluation, isBest),
    end: async (state, reason) => written?.end(state, reason),
  };
}

class WrittenRun {
  private readonly trainer: Trainer;
  private readonly paths: RunPaths;
  private readonly config: StoredConfig;
  private readonly evaluations: EvaluationLine[] = [];
  private lines: string[] = [];
  private flushedMs = 0;
  private stepEndMs = Date.now();
  private bestStep: number | null = null;
  private lastCheckpoint = -1;

  /** @throws RangeError if the run cannot be recorded so that others can read it, or its folder exists */
  static async begin(trainer: Trainer, { root, run, versions }: RecordedRun): Promise<WrittenRun> {
    const { learner, config, engine, task } = trainer;
    if (learner.step > 0) {
      throw new RangeError(
        `Cannot record this run: a record begins at step 0, got ${learner.step}; start a new run with \`initial\``,
      );
    }
    if (!builtInTasks.includes(task) && (!config.training.task.sha256 || !config.operation.taskFile)) {
      throw new RangeError(
        `Cannot record this run: its task must be built in, or come from loadTask(file) with its settings, got ${task.name}`,
      );
    }
    const machine = hostname();
    await mkdir(root, { recursive: true });
    const paths = runPaths(root, run ?? newRunName(machine, Date.now(), new Set(await readdir(root))));
    await mkdir(paths.folder).catch((cause) => {
      if (cause.code !== "EEXIST") throw cause;
      throw new RangeError(`Cannot record this run: ${paths.folder} must not exist yet`, { cause });
    });
    const probe = probeBatch(config.training, task);
    const stored: StoredConfig = {
      ...config,
      fingerprint: await fingerprint(engine, config.training, probe),
      relaxedFrom: null,
      versions,
      machine,
      created: new Date().toISOString(),
    };
    const written = new WrittenRun(trainer, paths, stored);
    await mkdir(paths.checkpoints);
    await mkdir(paths.epochs);
    await written.replace(paths.config, storedConfigText(stored));
    await written.replace(join(paths.epochs, "1"), JSON.stringify({ coordinator: "library", machine }));
    await written.state("training", null);
    written.lines.push(
      eventLine(Date.now(), { event: "opened", epoch: 1, step: 0, coordinator: "library", machine }),
    );
    await written.checkpoint();
    return written;
  }

  private constructor(trainer: Trainer, paths: RunPaths, config: StoredConfig) {
    this.trainer = trainer;
    this.paths = paths;
    this.config = config;
  }

  async step(record: StepRecord): Promise<void> {
    const now = Date.now();
    this.lines.push(stepLine({ ...record, seconds: (now - this.stepEndMs) / 1000 }));
    this.stepEndMs = now;
    const { every, steps } = evaluationPlan(this.config);
    const { checkpointEvery } = this.config.operation;
    const { step } = record;
    if (step % checkpointEvery === 0 || step % every === 0 || step === steps) await this.checkpoint();
    else if (now - this.flushedMs > flushMs) await this.flush();
  }

  async evaluation({ step, ...measured }: StepEvaluation, isBest: boolean): Promise<void> {
    const lines: EvaluationLine[] = [];
    if (isBeyondDue(step, evaluationPlan(this.config))) {
      const { engine, learner, task, config } = this.trainer;
      for (const split of beyondTraining(config.training, task)) {
        const options = { task, split, seed: config.training.seed, batches: beyondBatches };
        const figures = await measure(engine, learner.parameters, options, pause);
        lines.push(evaluationLine(step, { split: split.name, ...figures }));
      }
    }
    // The validation line goes last: its presence means that the others are present too.
    lines.push(evaluationLine(step, { split: validation, ...measured }));
    this.evaluations.push(...lines);
    this.lines.push(...lines.map((line) => JSON.stringify(line)));
    if (isBest) {
      this.bestStep = step;
      await this.replace(this.paths.best, this.trainer.checkpoint());
    }
    await this.flush();
    await this.thin();
    // A measurement does not count as part of the next step.
    this.stepEndMs = Date.now();
  }

  async end(state: "ended" | "stopped" | "failed", reason: string | null): Promise<void> {
    if (this.lastCheckpoint !== this.trainer.learner.step) await this.checkpoint();
    await this.state(state, reason);
  }

  private async checkpoint(): Promise<void> {
    const { step } = this.trainer.learner;
    await this.flush();
    await this.replace(checkpointPath(this.paths, step), this.trainer.checkpoint());
    this.lines.push(checkpointLine(step, this.trainer.sha256));
    this.lastCheckpoint = step;
    await this.flush();
  }

  private async thin(): Promise<void> {
    const checkpoints = stepsOf(await readdir(this.paths.checkpoints));
    const going = thinned({
      checkpoints,
      newest: this.config.operation.checkpointsKept,
      pending: [],
      measured: measuredSteps(this.evaluations),
      every: evaluationPlan(this.config).every,
      best: this.bestStep === null ? [] : [this.bestStep],
    });
    for (const step of going) await systemDisk.rm(checkpointPath(this.paths, step));
  }

  private async flush(): Promise<void> {
    const text = this.lines.map((line) => `${line}\n`).join("");
    this.lines = [];
    this.flushedMs = Date.now();
    if (text !== "") await appendFile(this.paths.metrics, text);
  }

  private state(state: string, reason: string | null): Promise<void> {
    return this.replace(this.paths.state, `${JSON.stringify({ state, reason, epoch: 1 })}\n`);
  }

  private replace(path: string, contents: string | Uint8Array): Promise<void> {
    return writeDurably(
      systemDisk,
      path,
      typeof contents === "string" ? new TextEncoder().encode(contents) : contents,
    );
  }
}
