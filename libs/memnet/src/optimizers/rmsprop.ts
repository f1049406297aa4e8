/** RMSprop: Tieleman & Hinton 2012, Coursera, lecture 6.5; docs/model.md §13.1. */

import type { RmspropConfig } from "../config/training.ts";
import type { OptimizerState } from "./optimizer.ts";

/** v is rounded to float32 before its root is taken, and b, if there is momentum, before θ uses it. */
export function rmsprop(
  config: RmspropConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
  learningRate: number,
): void {
  const { decay, epsilon, momentum } = config;
  const v = state.averages.v!;
  const b = state.averages.b;
  for (let index = 0; index < parameters.length; index++) {
    const g = gradient[index]!;
    v[index] = decay * v[index]! + (1 - decay) * (g * g);
    const root = Math.sqrt(v[index]!) + epsilon;
    if (b) {
      b[index] = momentum * b[index]! + g / root;
      parameters[index] = parameters[index]! - learningRate * b[index]!;
    } else parameters[index] = parameters[index]! - (learningRate * g) / root;
  }
}
