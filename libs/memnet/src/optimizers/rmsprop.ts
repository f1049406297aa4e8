/** RMSprop: Tieleman & Hinton 2012, Coursera, lecture 6.5; docs/model.md §13.1. */

import type { RmspropConfig } from "../config/training.ts";
import type { OptimizerState } from "./state.ts";

export const rmspropSlots = ["v"] as const;

/** v ← αv + (1−α)g² ; θ ← θ − lr·g/(√v + eps), v rounded to float32 before its root is taken. */
export function rmsprop(
  config: RmspropConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
): void {
  const { learningRate, decay, epsilon } = config;
  const v = state.slots.v!;
  for (let index = 0; index < parameters.length; index++) {
    const g = gradient[index]!;
    v[index] = decay * v[index]! + (1 - decay) * (g * g);
    parameters[index] = parameters[index]! - (learningRate * g) / (Math.sqrt(v[index]!) + epsilon);
  }
}
