/** Detects a loss that diverges: finite, but worse than guessing. */

import { stagesOf, type TrainingConfig, taskSettings } from "./config/training.ts";
import { streams } from "./random/philox.ts";
import { makeSequences } from "./tasks/batches.ts";
import type { Task } from "./tasks/task.ts";

/** Enough sequences for a mean that looks like the true one in a chart. */
const guessedSequences = 160;

/** A step's loss is a mean over few sequences of different lengths, so only the mean over some steps is meaningful. */
export const divergenceSteps = 20;
/** An untrained model is about as good as guessing, a learning one better. */
const timesGuessing = 2;

/**
 * The loss, in nats per sequence, of a model that gives every output bit the probability ½: ln 2 for each output bit that
 * counts, over the first validation sequences.
 */
export function guessingLoss(
  task: Task,
  training: TrainingConfig,
  settings = taskSettings(training),
): number {
  const place = { seed: training.seed, stream: streams.validation, step: 0, from: 0 };
  const { made, output } = makeSequences(task, settings, { ...place, sequences: guessedSequences });
  let counted = 0;
  for (const { mask } of made) for (const one of mask) counted += one;
  return (counted * output * Math.LN2) / guessedSequences;
}

/** The largest guessing loss of all stages of training: a curriculum's longer sequences have a larger loss. */
export function largestGuessingLoss(task: Task, training: TrainingConfig): number {
  return Math.max(...stagesOf(training).map((settings) => guessingLoss(task, training, settings)));
}

/** Compares the losses of the last steps with guessing. */
export class Divergence {
  /** Nats per sequence. */
  readonly guessing: number;
  private readonly losses: number[] = [];
  private noticed = false;

  constructor(guessing: number) {
    this.guessing = guessing;
  }

  /** Mean loss of the last steps in nats per sequence; null before there are enough steps. */
  get mean(): number | null {
    if (this.losses.length < divergenceSteps) return null;
    return this.losses.reduce((sum, loss) => sum + loss, 0) / this.losses.length;
  }

  get isDiverging(): boolean {
    return (this.mean ?? 0) > timesGuessing * this.guessing;
  }

  /**
   * Notes one step's loss, which must be finite.
   *
   * @returns whether the loss diverges since this step; only once, until it is as low as guessing again
   */
  note(loss: number): boolean {
    this.losses.push(loss);
    if (this.losses.length > divergenceSteps) this.losses.shift();
    if ((this.mean ?? Number.POSITIVE_INFINITY) <= this.guessing) this.noticed = false;
    if (this.noticed || !this.isDiverging) return false;
    this.noticed = true;
    return true;
  }
}
