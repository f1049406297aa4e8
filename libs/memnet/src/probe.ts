/** A run's probe: one gradient, whose bits differ between machines that compute differently. */

import type { Batch } from "./batch.ts";
import { type TrainingConfig, taskSettings } from "./config/training.ts";
import type { Engine } from "./engines/engine.ts";
import { initialParameters } from "./initial-parameters.ts";
import { streams } from "./random/philox.ts";
import { bytesOf, sha256 } from "./sha256.ts";
import { makeBatch } from "./tasks/batches.ts";
import { longest, type Task } from "./tasks/task.ts";

/**
 * A full micro-batch of the longest sequences.
 *
 * @param settings the task's own, by default; of another stage of the curriculum, only the size matters
 */
export function probeBatch(training: TrainingConfig, task: Task, settings = taskSettings(training)): Batch {
  const place = {
    seed: training.seed,
    stream: streams.training,
    step: 0,
    from: 0,
    sequences: training.microBatch,
  };
  return makeBatch(task, longest(settings), place);
}

/** The SHA-256 of the probe's gradient and loss on this engine. */
export async function fingerprint(engine: Engine, training: TrainingConfig, batch: Batch): Promise<string> {
  const parameters = initialParameters(engine.model, training.seed);
  const gradient = new Float32Array(parameters.length);
  const loss = await engine.gradient(parameters, batch, gradient);
  return sha256(`${engine.name} ${sha256(bytesOf(gradient))} ${loss}`);
}
