/** Measures parameters on the validation stream and on sizes beyond training. docs/model.md §7 and §14. */

import { type TrainingConfig, taskSettings } from "./config/training.ts";
import type { Engine } from "./engines/engine.ts";
import { streams } from "./random/philox.ts";
import { makeBatch } from "./tasks/batches.ts";
import { floorOf } from "./tasks/check.ts";
import { beyondSplits, type Split, type Task } from "./tasks/task.ts";

/** Sequences of an evaluation batch, and batches for sizes beyond training. */
export const evaluationSequences = 16;
export const beyondBatches = 10;

/** A measurement: means over sequences, docs/model.md §7 and §14. */
export interface Measured {
  /** Mean loss of a sequence, in nats. */
  readonly loss: number;
  /** The same in bits. */
  readonly lossBits: number;
  /** Mean wrong bits of a sequence; a logit above 0 is a 1. */
  readonly wrongBits: number;
  /** The share of sequences without a wrong bit, from 0 to 1. */
  readonly exact: number;
  /** How many were measured. */
  readonly sequences: number;
  /** The least loss that any model can expect, in nats, if the task knows one: see `Task.floor`. */
  readonly floor?: number;
}

/**
 * Whether one measurement on the validation stream is better than another: fewer wrong bits, then a lower loss. If the
 * task has a floor, no model gets all bits right, and the loss alone decides.
 */
export function isBetter(
  one: Pick<Measured, "wrongBits" | "loss" | "floor">,
  other: Pick<Measured, "wrongBits" | "loss">,
): boolean {
  if (one.floor === undefined && one.wrongBits !== other.wrongBits) return one.wrongBits < other.wrongBits;
  return one.loss < other.loss;
}

export function validationSplit(training: TrainingConfig): Split {
  return { name: "validation", settings: taskSettings(training) };
}

export function beyondTraining(training: TrainingConfig, task: Task): Split[] {
  return beyondSplits(task, taskSettings(training));
}

/**
 * Measures one split.
 *
 * @param batches the number of batches of 16, at least 1; the same ones every time
 * @param pause   awaited after each batch, so that a long measurement can be stopped
 */
export async function measure(
  engine: Engine,
  parameters: Float32Array,
  { task, split, seed, batches }: { task: Task; split: Split; seed: number; batches: number },
  pause: () => Promise<void> | void = () => {},
): Promise<Measured> {
  let loss = 0;
  let wrongBits = 0;
  let exact = 0;
  let floor = 0;
  for (let step = 0; step < batches; step++) {
    const place = { seed, stream: streams.validation, step, from: 0, sequences: evaluationSequences };
    const batch = makeBatch(task, split.settings, place);
    const result = await engine.evaluate(parameters, batch);
    if (task.floor) floor += floorOf(task, split.settings, batch);
    loss += result.loss;
    wrongBits += result.wrongBits;
    exact += result.exact;
    await pause();
  }
  const sequences = batches * evaluationSequences;
  return {
    loss: loss / sequences,
    lossBits: loss / sequences / Math.LN2,
    wrongBits: wrongBits / sequences,
    exact: exact / sequences,
    sequences,
    ...(task.floor && { floor: floor / sequences }),
  };
}
