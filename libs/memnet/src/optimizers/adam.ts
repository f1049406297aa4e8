/** Adam: Kingma & Ba 2015, arXiv 1412.6980, algorithm 1; docs/model.md §13.2. */

import type { AdamConfig } from "../config/training.ts";
import type { OptimizerState } from "./state.ts";

export const adamSlots = ["m", "v"] as const;

/** m ← β₁m + (1−β₁)g ; v ← β₂v + (1−β₂)g² ; θ ← θ − lr·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + eps). */
export function adam(
  config: AdamConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
  learningRate: number,
): void {
  const { beta1, beta2, epsilon } = config;
  const m = state.slots.m!;
  const v = state.slots.v!;
  const { powers } = state;
  const [correction1, correction2] = corrections(config, powers);
  for (let index = 0; index < parameters.length; index++) {
    const g = gradient[index]!;
    m[index] = beta1 * m[index]! + (1 - beta1) * g;
    v[index] = beta2 * v[index]! + (1 - beta2) * (g * g);
    parameters[index] =
      parameters[index]! -
      (learningRate * (m[index]! / correction1)) / (Math.sqrt(v[index]! / correction2) + epsilon);
  }
}

/** Takes the powers β₁ᵗ and β₂ᵗ one step on; 1 − β₁ᵗ and 1 − β₂ᵗ of that step. */
export function corrections({ beta1, beta2 }: AdamConfig, powers: Float64Array): [number, number] {
  powers[0] = powers[0]! * beta1;
  powers[1] = powers[1]! * beta2;
  return [1 - powers[0]!, 1 - powers[1]!];
}
