/** Initial parameters: kernels are uniform, biases 0, those of the forget gate 1. docs/model.md §10. */

import type { ModelConfig } from "./config/model.ts";
import { type ParameterName, parameterCount, parameterLayout } from "./parameters.ts";
import { Draws, streams } from "./random/philox.ts";

/** @returns flat, in the order of `parameterLayout` */
export function initialParameters(model: ModelConfig, seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount(model));
  const { hidden } = model;
  const fanOf: Partial<Record<ParameterName, number>> = {
    "controller.kernel": hidden,
    "interface.kernel": hidden,
    "output.kernel": hidden + model.reads * model.width,
  };
  parameterLayout(model).forEach(({ name, offset, length }, place) => {
    const fan = fanOf[name];
    if (fan !== undefined) {
      const bound = 1 / Math.sqrt(fan);
      const draws = new Draws(seed, streams.parameters, 0, place);
      for (let index = 0; index < length; index++) {
        const unit = draws.fraction();
        parameters[offset + index] = bound * (2 * unit - 1);
      }
    } else if (name === "controller.bias") {
      // Gates are i, f, g, o. A forget gate that starts open keeps the cell in the first steps.
      parameters.fill(1, offset + hidden, offset + 2 * hidden);
    }
  });
  return parameters;
}
