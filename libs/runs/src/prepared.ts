/**
 * Holds the engine and the task that measure and show a run. They are kept from one job to the next, since the next job
 * is usually for the same run.
 */

import { loadTask } from "@memnet/service/task-file";
import {
  createEngine,
  type Engine,
  type ModelConfig,
  modelOf,
  type Task,
  type TrainingConfig,
  taskSettings,
  trainingHash,
  usesGpu,
} from "memnet";

export interface RunJob {
  readonly training: TrainingConfig;
  /** The path of a user's own task file. */
  readonly taskFile: string | null;
}

export type CreateEngine = (name: string, model: ModelConfig) => Promise<Engine>;

/**
 * Returns the run's own engine if it runs on every machine, otherwise wasm, which gives the same figures everywhere.
 */
function measuringEngine(ofRun: string): string {
  return usesGpu(ofRun) ? "wasm" : ofRun;
}

export class Prepared {
  private last: { readonly key: string; readonly engine: Engine; readonly task: Task } | undefined;
  private readonly create: CreateEngine;

  /** @param create creates an engine by name */
  constructor(create: CreateEngine = createEngine) {
    this.create = create;
  }

  async for({ training, taskFile }: RunJob): Promise<{ readonly engine: Engine; readonly task: Task }> {
    const key = `${trainingHash(training)} ${taskFile ?? ""}`;
    if (this.last?.key === key) return this.last;
    this.dispose();
    const task = await loadTask(training.task, taskFile, taskSettings(training));
    const engine = await this.create(measuringEngine(training.engine), modelOf(training, task));
    this.last = { key, engine, task };
    return this.last;
  }

  dispose(): void {
    this.last?.engine.dispose();
    this.last = undefined;
  }
}
