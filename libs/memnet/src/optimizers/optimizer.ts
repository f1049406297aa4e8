/**
 * The two optimizers. Arithmetic is float64, left to right; what is stored is float32 and is what is used next.
 * docs/model.md §13. RMSprop: Tieleman & Hinton 2012, lecture 6.5. Adam: Kingma & Ba 2015, arXiv 1412.6980, algorithm 1.
 */

import type { OptimizerConfig } from "../config/training.ts";
import { adam } from "./adam.ts";
import { rmsprop } from "./rmsprop.ts";

/** What an optimizer remembers from step to step. */
export interface OptimizerState {
  /** Moving averages by name (`v`; Adam also has `m`, RMSprop with momentum `b`), each as long as the parameters. */
  readonly averages: Readonly<Record<string, Float32Array>>;
  /** Adam's β₁ᵗ and β₂ᵗ, by repeated multiplication in float64; empty for RMSprop. */
  readonly powers: Float64Array;
}

export function initialState(config: OptimizerConfig, parameterCount: number): OptimizerState {
  return {
    averages: Object.fromEntries(
      averageNames(config).map((name) => [name, new Float32Array(parameterCount)]),
    ),
    powers: Float64Array.from(config.kind === "adam" ? [1, 1] : []),
  };
}

/** The names of an optimizer's averages, in the order of a checkpoint. */
export function averageNames(config: OptimizerConfig): readonly string[] {
  if (config.kind === "adam") return ["m", "v"];
  return config.momentum > 0 ? ["v", "b"] : ["v"];
}

/**
 * Updates parameters and state in place.
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
