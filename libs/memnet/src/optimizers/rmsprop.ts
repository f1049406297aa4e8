/** RMSprop: Tieleman & Hinton 2012, Coursera, lecture 6.5; docs/model.md §13.1. */

import type { RmspropConfig } from "../config/training.ts";
import type { OptimizerState } from "./state.ts";

export const rmspropSlots = ["v"] as const;
export const rmspropMomentumSlots = ["v", "b"] as const;

/**
 * v ← αv + (1−α)g² ; θ ← θ − lr·g/(√v + eps), v rounded to float32 before its root is taken. With momentum:
 * b ← μb + g/(√v + eps) ; θ ← θ − lr·b, b rounded too.
 */
export function rmsprop(
  config: RmspropConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
  learningRate: number,
): void {
  const { decay, epsilon, momentum } = config;
  const v = state.slots.v!;
  const b = state.slots.b;
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
