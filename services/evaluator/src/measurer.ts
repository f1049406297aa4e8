/** Measures a model, in a worker thread or, for tests and simulations, in the calling thread. */

import { type CreateEngine, Prepared, type RunJob } from "@memnet/runs";
import { LazyThread } from "@memnet/service/lazy-thread";
import { serveModule } from "@memnet/service/thread";
import { beyondTraining, type Measured, measure, validationSplit } from "memnet";

/** The measurement of one step. */
export interface MeasureJob extends RunJob {
  readonly parameters: Float32Array;
  /** Batches of 16 sequences on the validation stream. */
  readonly batches: number;
  /** Batches of 16 sequences for each size beyond training; 0 skips these sizes. */
  readonly beyondBatches: number;
}

export interface SplitFigures extends Measured {
  readonly split: string;
}

/** Measures one job at a time. */
export interface Measurer {
  /**
   * Measures a job.
   *
   * @throws the signal's reason once it aborts, and the engine's or task's error if the job cannot be measured
   */
  measure(job: MeasureJob, signal: AbortSignal): Promise<SplitFigures[]>;
  close(): Promise<void>;
}

/** Runs jobs one after another, and keeps the engine for the next job. */
export class JobRunner {
  private readonly prepared: Prepared;

  constructor(create?: CreateEngine) {
    this.prepared = new Prepared(create);
  }

  /** @param pause awaited after each batch; ends the measurement if it throws */
  async run(job: MeasureJob, pause: () => Promise<void> | void): Promise<SplitFigures[]> {
    const { training, parameters, batches, beyondBatches } = job;
    const { engine, task } = await this.prepared.for(job);
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
    this.prepared.dispose();
  }
}

/** Returns a measurer that runs in this thread and yields to other work between two batches. */
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

/** Returns a measurer in a worker thread, which starts with the first job and again after it was stopped. */
export function threadMeasurer(): Measurer {
  const thread = new LazyThread<MeasurerThread>(import.meta.url, "./measurer");
  return {
    async measure(job, signal) {
      signal.throwIfAborted();
      // A batch of a large model takes seconds, so stop the thread in the middle of it instead of waiting.
      const end = () => void thread.stop();
      signal.addEventListener("abort", end, { once: true });
      try {
        const api = await thread.api();
        return await api.measure(job);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", end);
      }
    },
    close: () => thread.stop(),
  };
}

function createThread() {
  const runner = new JobRunner();
  return { measure: (job: MeasureJob) => runner.run(job, () => {}) };
}
type MeasurerThread = ReturnType<typeof createThread>;

serveModule("measurer", createThread);
