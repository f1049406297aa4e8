/** RMSprop: Tieleman & Hinton 2012, Coursera, lecture 6.5; docs/model.md §13.1. */

import type { RmspropConfig } from "../config/training.ts";
import type { OptimizerState } from "./optimizer.ts";

/** v is rounded to float32 before its root is taken. */
export function rmsprop(
  config: RmspropConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
): void {
  const { learningRate, decay, epsilon } = config;
  const v = state.averages.v!;
  for (let index = 0; index < parameters.length; index++) {
    const g = gradient[index]!;
    v[index] = decay * v[index]! + (1 - decay) * (g * g);
    parameters[index] = parameters[index]! - (learningRate * g) / (Math.sqrt(v[index]!) + epsilon);
  }
}
