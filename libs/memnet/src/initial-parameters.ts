/** Initial parameters: kernels are uniform, biases 0, those of an LSTM's forget gate 1. docs/model.md §10. */

import type { ModelConfig } from "./config/model.ts";
import { type ParameterName, parameterCount, parameterLayout } from "./parameters.ts";
import { Draws, streams } from "./random/philox.ts";

/** @returns flat, in the order of `parameterLayout` */
export function initialParameters(model: ModelConfig, seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount(model));
  const { hidden, controller } = model;
  const fanOf: Partial<Record<ParameterName, number>> = {
    "controller.kernel": hidden,
    "interface.kernel": hidden,
    "output.kernel": hidden + model.reads * model.width,
  };
  for (const { index, name, offset, length } of parameterLayout(model)) {
    const fan = fanOf[name];
    if (fan !== undefined) {
      const bound = 1 / Math.sqrt(fan);
      const draws = new Draws(seed, streams.parameters, 0, index);
      for (let element = 0; element < length; element++) {
        const unit = draws.fraction();
        parameters[offset + element] = bound * (2 * unit - 1);
      }
    } else if (name === "controller.bias" && controller === undefined) {
      // Gates are i, f, g, o. A forget gate that starts open keeps the cell in the first steps.
      parameters.fill(1, offset + hidden, offset + 2 * hidden);
    }
  }
  return parameters;
}
