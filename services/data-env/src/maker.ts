/** Makes batches: of built-in tasks in the main thread, of users' own tasks in a worker thread. */

import { type Fields, type messages, type NumberBytes, packNumbers } from "@memnet/protocol";
import { LazyThread } from "@memnet/service/lazy-thread";
import { loadTask } from "@memnet/service/task-file";
import { taskDeadlineMs } from "@memnet/service/task-trial";
import { serveModule, withTransfer } from "@memnet/service/thread";
import { batchFloats, longestNumbers, makeBatch, settingsText, type Task } from "memnet";

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

/**
 * Numbers of all batches of a request: 32 MiB, sixteen times what fits a message at one byte each. A trainer whose
 * batches are larger makes them itself.
 */
const numbersMax = 2 ** 23;

interface Loaded {
  readonly task: Task;
  /** Numbers of the longest sequence, up to a little more than `numbersMax`. */
  readonly longest: number;
}

/** Makes batches in the calling thread. */
export class TaskMaker implements Maker {
  private readonly tasks = new Map<string, Promise<Loaded>>();

  /**
   * Makes the requested batches.
   *
   * @throws RangeError if they would be too large, and what loading the task throws, such as a refusal that names a
   *   user's own task file that is not here
   */
  async make(question: BatchQuestion): Promise<MadeBatches> {
    const { task, longest } = await this.task(question);
    const most = longest * question.sequences * question.steps * question.batches;
    if (most > numbersMax)
      throw new RangeError(`they must have at most ${numbersMax} numbers, got up to ${most}`);
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

  async stop(): Promise<void> {}

  private task({ task: name, sha256, file, settings }: BatchQuestion): Promise<Loaded> {
    const key = `${name} ${sha256} ${file} ${settingsText(settings)}`;
    const known = this.tasks.get(key);
    if (known) return known;
    const task = loadTask({ name, sha256: sha256 ?? undefined }, file, settings).then((task) => ({
      task,
      longest: longestNumbers(task, settings, numbersMax),
    }));
    // Retry a failed load the next time: a missing file may be there by then.
    task.catch(() => this.tasks.delete(key));
    if (this.tasks.size >= tasksMax) this.tasks.delete(this.tasks.keys().next().value!);
    this.tasks.set(key, task);
    return task;
  }
}

/**
 * Creates the data-env's maker.
 *
 * @param silenceMs how long requests may wait while the thread makes no batches before it is ended; trainers give up
 *   after two seconds
 */
export function mixedMaker(silenceMs = taskDeadlineMs): Maker {
  const here = new TaskMaker();
  // Starts with the first question that needs it, and again after a user's task has ended it.
  const thread = new LazyThread<MakerThread>(import.meta.url, "./maker");
  let waiting = 0;
  let silence: NodeJS.Timeout | undefined;

  /** Ends a thread that makes no batches for too long: requests would pile up behind a task that never returns. */
  function watch(): void {
    clearTimeout(silence);
    if (waiting > 0) silence = setTimeout(() => void thread.stop(), silenceMs);
  }

  async function there(question: BatchQuestion) {
    const api = await thread.api();
    // Load first: trying a task may take longer than making its batches, and has its own deadlines.
    await api.load(question);
    if (++waiting === 1) watch();
    try {
      return await api.make(question);
    } finally {
      waiting--;
      watch();
    }
  }

  return {
    make: async (question) => (question.sha256 === null ? here.make(question) : there(question)),
    stop: () => thread.stop(),
  };
}

function createThread() {
  const maker = new TaskMaker();
  return {
    load: (question: BatchQuestion) => maker.load(question),
    async make(question: BatchQuestion) {
      const made = await maker.make(question);
      return withTransfer(made, [made.bytes.buffer as ArrayBuffer]);
    },
  };
}
type MakerThread = ReturnType<typeof createThread>;

serveModule("maker", createThread);
