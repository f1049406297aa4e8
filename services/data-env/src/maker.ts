/** Makes batches. A user's own task runs in a worker thread, since it may be slow. */

import { type Fields, type messages, type NumberBytes, packNumbers } from "@memnet/protocol";
import { loadTask } from "@memnet/service/task-file";
import { batchFloats, makeBatch, settingsText, type Task } from "memnet";

export type BatchQuestion = Fields<typeof messages.batchRequest>;

export interface MadeBatches {
  /** The number of time steps of each batch. */
  readonly times: number[];
  readonly sequences: number;
  readonly numberBytes: NumberBytes;
  /** The x, y and mask of each batch, one batch after another, step by step. */
  readonly bytes: Uint8Array;
}

export interface Maker {
  make(question: BatchQuestion): Promise<MadeBatches>;
  stop(): Promise<void>;
}

/** How many tasks stay loaded; a cluster trains only a few at a time. */
const tasksMax = 16;

/** The maker's implementation, for any thread. */
export class TaskMaker {
  private readonly tasks = new Map<string, Promise<Task>>();

  /**
   * Makes the requested batches.
   *
   * @throws what loading the task throws, such as a refusal that names a user's own task file that is not here
   */
  async make(question: BatchQuestion): Promise<MadeBatches> {
    const task = await this.task(question);
    const { seed, stream, steps, batches, sequences } = question;
    const made = Array.from({ length: steps * batches }, (_, index) => {
      const step = question.step + Math.floor(index / batches);
      const from = question.from + (index % batches) * sequences;
      return makeBatch(task, question.settings, { seed, stream, step, from, sequences });
    });
    const { numberBytes, bytes } = packNumbers(batchFloats(made));
    return { times: made.map(({ times }) => times), sequences, numberBytes, bytes };
  }

  /** Loads and tries a question's task, unless that has been done before. */
  async load(question: BatchQuestion): Promise<void> {
    await this.task(question);
  }

  private task({ task: name, sha256, file, settings }: BatchQuestion): Promise<Task> {
    const key = `${name} ${sha256} ${file} ${settingsText(settings)}`;
    const known = this.tasks.get(key);
    if (known) return known;
    const task = loadTask({ name, sha256: sha256 ?? undefined }, file, settings);
    // Retry a failed load the next time: a missing file may be there by then.
    task.catch(() => this.tasks.delete(key));
    if (this.tasks.size >= tasksMax) this.tasks.delete(this.tasks.keys().next().value!);
    this.tasks.set(key, task);
    return task;
  }
}

/** Returns a maker that runs in the calling thread, for fast tasks and simulations. */
export function localMaker(): Maker {
  const maker = new TaskMaker();
  return { make: (question) => maker.make(question), stop: async () => {} };
}
