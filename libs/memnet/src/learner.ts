/** A run's state at one step, parameters and optimizer state, and how a step's gradient changes it. */

import type { ModelConfig } from "./config/model.ts";
import { scheduledRate } from "./config/schedule.ts";
import type { TrainingConfig } from "./config/training.ts";
import { initialState, type OptimizerState, update } from "./optimizers/optimizer.ts";
import { clipElements, meanAndClip, type NodeSum } from "./reduction.ts";

export interface Learner {
  readonly training: TrainingConfig;
  readonly model: ModelConfig;
  /** Steps taken so far, with those that made no update because they were not finite. */
  step: number;
  /** [parameterCount], in the order of `parameterLayout` */
  readonly parameters: Float32Array;
  readonly optimizer: OptimizerState;
}

/** What a step reports. */
export interface StepRecord {
  /** Counts from 1. */
  readonly step: number;
  /** Mean loss in nats per sequence, before the update; null if it is not finite. */
  readonly loss: number | null;
  /** Norm of the mean gradient before clipping; null if it is not finite. */
  readonly gradientNorm: number | null;
}

export function newLearner(training: TrainingConfig, model: ModelConfig, parameters: Float32Array): Learner {
  return {
    training,
    model,
    step: 0,
    parameters: parameters.slice(),
    optimizer: initialState(training.optimizer, parameters.length),
  };
}

/** The two long loops of a step over all parameters. */
export interface Arithmetic {
  /** As `meanAndClip` in `reduction.ts`. */
  meanAndClip(sum: Float32Array, sequences: number, normMax: number): number;
  /** As `clipElements` in `reduction.ts`, of the result of `meanAndClip`. */
  clipElements(gradient: Float32Array, max: number): void;
  /** Updates parameters and optimizer state by the clipped gradient. */
  update(learner: Learner, gradient: Float32Array, learningRate: number): void;
}

const plain: Arithmetic = {
  meanAndClip,
  clipElements,
  update: ({ training, optimizer, parameters }, gradient, learningRate) =>
    update(training.optimizer, optimizer, parameters, gradient, learningRate),
};

/**
 * Takes a step in place: divides, clips, updates. If the sum is not finite, the step makes no update, and its record has
 * nulls.
 *
 * @param sum the root of the step's reduction tree; its gradient may be overwritten
 */
export function takeStep(learner: Learner, sum: NodeSum, arithmetic: Arithmetic = plain): StepRecord {
  const { sequencesPerStep, clip, optimizer } = learner.training;
  const step = ++learner.step;
  // float32 squares cannot overflow float64, so the norm is finite if every element is.
  const gradientNorm = arithmetic.meanAndClip(sum.gradient, sequencesPerStep, clip.norm);
  if (!Number.isFinite(gradientNorm) || !Number.isFinite(sum.loss)) {
    return { step, loss: null, gradientNorm: null };
  }
  if (clip.value > 0) arithmetic.clipElements(sum.gradient, clip.value);
  const { learningRate, schedule } = optimizer;
  arithmetic.update(learner, sum.gradient, scheduledRate(learningRate, schedule, step));
  return { step, loss: sum.loss / sequencesPerStep, gradientNorm };
}
