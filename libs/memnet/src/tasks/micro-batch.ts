/** The micro-batches of training steps, as trainers make them, and those that check trainers. */

import type { Batch } from "../batch.ts";
import { type TrainingConfig, taskSettingsAt } from "../config/training.ts";
import { streams } from "../random/philox.ts";
import { makeBatch } from "./batches.ts";
import type { Task } from "./task.ts";

/**
 * Makes a micro-batch.
 *
 * @param step counts from 1; training step n uses data step n − 1
 * @param leaf the micro-batch's number in the step, counting from 0
 * @throws TaskError if the task makes a sequence that cannot be used
 */
export function makeMicroBatch(task: Task, training: TrainingConfig, step: number, leaf: number): Batch {
  const { seed, microBatch } = training;
  return makeBatch(task, taskSettingsAt(training, step), {
    seed,
    stream: streams.training,
    step: step - 1,
    from: leaf * microBatch,
    sequences: microBatch,
  });
}
