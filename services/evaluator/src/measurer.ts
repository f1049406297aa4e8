/** Measuring, apart from where it runs: in a thread of its own, or in the same one for tests and simulations. */

import { loadTask } from "@memnet/service";
import {
  beyondTraining,
  createEngine,
  type Engine,
  type Measured,
  type ModelConfig,
  measure,
  modelOf,
  type Task,
  type TrainingConfig,
  trainingHash,
  validationSplit,
} from "memnet";

/** One step's measurement. */
export interface MeasureJob {
  readonly training: TrainingConfig;
  /** Where a user's own task file is. */
  readonly taskFile: string | null;
  readonly parameters: Float32Array;
  /** Of 16 sequences, on the validation stream. */
  readonly batches: number;
  /** Of 16 sequences, on each size beyond training; 0 leaves them out. */
  readonly beyondBatches: number;
}

export interface SplitFigures extends Measured {
  readonly split: string;
}

/** One job at a time. */
export interface Measurer {
  /** @throws the signal's reason once it is given; the engine's or the task's error where it cannot be measured */
  measure(job: MeasureJob, signal: AbortSignal): Promise<SplitFigures[]>;
  close(): Promise<void>;
}

/** The engine and task of the last job: the next is mostly of the same run. */
export class JobRunner {
  private last: { key: string; engine: Engine; task: Task } | undefined;
  private readonly create: (name: string, model: ModelConfig) => Promise<Engine>;

  /** @param create makes the engine that a job's configuration names */
  constructor(create: (name: string, model: ModelConfig) => Promise<Engine> = createEngine) {
    this.create = create;
  }

  /** @param pause awaited after each batch; ends the measurement by throwing */
  async run(job: MeasureJob, pause: () => Promise<void> | void): Promise<SplitFigures[]> {
    const { training, parameters, batches, beyondBatches } = job;
    const { engine, task } = await this.prepared(job);
    const splits = [{ split: validationSplit(training), batches }];
    if (beyondBatches > 0) {
      splits.push(...beyondTraining(training, task).map((split) => ({ split, batches: beyondBatches })));
    }
    const figures: SplitFigures[] = [];
    for (const one of splits) {
      const options = { task, split: one.split, seed: training.seed, batches: one.batches };
      figures.push({ split: one.split.name, ...(await measure(engine, parameters, options, pause)) });
    }
    return figures;
  }

  dispose(): void {
    this.last?.engine.dispose();
    this.last = undefined;
  }

  private async prepared({ training, taskFile }: MeasureJob): Promise<{ engine: Engine; task: Task }> {
    const key = `${trainingHash(training)} ${taskFile ?? ""}`;
    if (this.last?.key === key) return this.last;
    this.dispose();
    const task = await loadTask(training.task, taskFile);
    const engine = await this.create(training.engine, modelOf(training, task));
    this.last = { key, engine, task };
    return this.last;
  }
}

/** Measures in this thread; between two batches others have their turn. */
export function inProcessMeasurer(): Measurer {
  const runner = new JobRunner();
  return {
    measure: (job, signal) =>
      runner.run(job, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
      }),
    close: async () => runner.dispose(),
  };
}
