/** Measuring, apart from where it runs: in a thread of its own, or in the same one for tests and simulations. */

import { type CreateEngine, Prepared, type RunJob } from "@memnet/runs";
import { beyondTraining, type Measured, measure, validationSplit } from "memnet";

/** One step's measurement. */
export interface MeasureJob extends RunJob {
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

/** Jobs one after another, whose engine stays for the next. */
export class JobRunner {
  private readonly prepared: Prepared;

  constructor(create?: CreateEngine) {
    this.prepared = new Prepared(create);
  }

  /** @param pause awaited after each batch; ends the measurement by throwing */
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
