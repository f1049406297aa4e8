import type { Batch } from "../batch.ts";
import type { ModelConfig } from "../config/model.ts";

/**
 * Refuses an empty batch, and arrays whose lengths do not fit the model and the batch's sizes.
 *
 * @param count the number of the model's parameters
 */
export function checkInputs(model: ModelConfig, count: number, parameters: Float32Array, batch: Batch): void {
  const { times, sequences } = batch;
  if (!(times >= 1 && sequences >= 1)) {
    throw new RangeError(
      `Cannot compute an empty batch: it must have a time and a sequence, got ${times} times of ${sequences} sequences`,
    );
  }
  checkLength("the parameters", parameters, count);
  checkLength("the batch's x", batch.x, times * sequences * model.input);
  checkLength("the batch's y", batch.y, times * sequences * model.output);
  checkLength("the batch's mask", batch.mask, times * sequences);
}

export function checkLength(what: string, array: Float32Array, length: number): void {
  if (array.length !== length) {
    throw new RangeError(`Cannot use ${what}: the length must be ${length}, got ${array.length}`);
  }
}
