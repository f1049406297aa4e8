/** Adam: Kingma & Ba 2015, arXiv 1412.6980, algorithm 1; docs/model.md §13.2. */

import type { AdamConfig } from "../config/training.ts";
import type { OptimizerState } from "./optimizer.ts";

export function adam(
  config: AdamConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
  learningRate: number,
): void {
  const { beta1, beta2, epsilon } = config;
  const m = state.averages.m!;
  const v = state.averages.v!;
  const [correction1, correction2] = corrections(config, state.powers);
  for (let index = 0; index < parameters.length; index++) {
    const g = gradient[index]!;
    m[index] = beta1 * m[index]! + (1 - beta1) * g;
    v[index] = beta2 * v[index]! + (1 - beta2) * (g * g);
    parameters[index] =
      parameters[index]! -
      (learningRate * (m[index]! / correction1)) / (Math.sqrt(v[index]! / correction2) + epsilon);
  }
}

/** Advances the powers β₁ᵗ and β₂ᵗ by one step, and returns 1 − β₁ᵗ and 1 − β₂ᵗ. */
export function corrections({ beta1, beta2 }: AdamConfig, powers: Float64Array): [number, number] {
  powers[0] = powers[0]! * beta1;
  powers[1] = powers[1]! * beta2;
  return [1 - powers[0]!, 1 - powers[1]!];
}
