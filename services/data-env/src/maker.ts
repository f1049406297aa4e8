/** Makes batches: of a user's own task in a worker thread, since it may take its time. */

import { type Fields, type messages, type NumberBytes, packNumbers } from "@memnet/protocol";
import { loadTask } from "@memnet/service/task-file";
import { batchFloats, makeBatch, settingsText, type Task } from "memnet";

export type BatchQuestion = Fields<typeof messages.batchRequest>;

export interface MadeBatches {
  /** Of each batch. */
  readonly times: number[];
  readonly sequences: number;
  readonly numberBytes: NumberBytes;
  /** x, y and mask of each batch, step by step, one after the other. */
  readonly bytes: Uint8Array;
}

export interface Maker {
  make(question: BatchQuestion): Promise<MadeBatches>;
  stop(): Promise<void>;
}

/** Task files that stay loaded; a cluster trains a few tasks at a time. */
const tasksMax = 16;

/** The work itself, in whichever thread. */
export class TaskMaker {
  private readonly tasks = new Map<string, Promise<Task>>();

  /** @throws what loading the task throws: an actor without a user's own task file refuses it by name */
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

  /** Loads a question's task and tries it, if that was not done before. */
  async load(question: BatchQuestion): Promise<void> {
    await this.task(question);
  }

  private task({ task: name, sha256, file, settings }: BatchQuestion): Promise<Task> {
    const key = `${name} ${sha256} ${file} ${settingsText(settings)}`;
    const known = this.tasks.get(key);
    if (known) return known;
    const task = loadTask({ name, sha256: sha256 ?? undefined }, file, settings);
    // A file that was not there may be there the next time.
    task.catch(() => this.tasks.delete(key));
    if (this.tasks.size >= tasksMax) this.tasks.delete(this.tasks.keys().next().value!);
    this.tasks.set(key, task);
    return task;
  }
}

/** In this thread: what is made soon, and simulations. */
export function localMaker(): Maker {
  const maker = new TaskMaker();
  return { make: (question) => maker.make(question), stop: async () => {} };
}
