/**
 * The two optimizers: float64 arithmetic, left to right; what is stored is float32 and is what is used next.
 * docs/model.md §13. RMSprop: Tieleman & Hinton 2012, lecture 6.5. Adam: Kingma & Ba 2015, arXiv 1412.6980, algorithm 1.
 */

import type { OptimizerConfig } from "../config/training.ts";
import { adam, adamSlots } from "./adam.ts";
import { rmsprop, rmspropMomentumSlots, rmspropSlots } from "./rmsprop.ts";
import type { OptimizerState } from "./state.ts";

export function initialState(config: OptimizerConfig, parameterCount: number): OptimizerState {
  return {
    slots: Object.fromEntries(slotNames(config).map((name) => [name, new Float32Array(parameterCount)])),
    powers: Float64Array.from(config.kind === "adam" ? [1, 1] : []),
  };
}

/** The names of the moving averages that an optimizer keeps. */
export function slotNames(config: OptimizerConfig): readonly string[] {
  if (config.kind === "adam") return adamSlots;
  return config.momentum > 0 ? rmspropMomentumSlots : rmspropSlots;
}

/**
 * One update of parameters and state, in place.
 *
 * @param learningRate the step's own, by the schedule
 */
export function update(
  config: OptimizerConfig,
  state: OptimizerState,
  parameters: Float32Array,
  gradient: Float32Array,
  learningRate: number,
): void {
  if (config.kind === "adam") adam(config, state, parameters, gradient, learningRate);
  else rmsprop(config, state, parameters, gradient, learningRate);
}
