/** Flat arrays to tensors and back: parameters, batches, gradients. */

import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import type { ParameterTensor } from "../../parameters.ts";

/** The six parameter tensors, in order. */
export function parameterTensors(layout: readonly ParameterTensor[], flat: Float32Array): Tensor[] {
  // A copy: tfjs keeps the array it is given, and the caller's will hold the next step's parameters.
  return layout.map(({ shape, offset, length }) =>
    tf.tensor(flat.slice(offset, offset + length), [...shape]),
  );
}

/** For each time [batch, input]. */
export function inputTensors(model: ModelConfig, { x, times, sequences }: Batch): Tensor[] {
  const size = sequences * model.input;
  return Array.from({ length: times }, (_, time) =>
    tf.tensor(x.slice(time * size, (time + 1) * size), [sequences, model.input]),
  );
}

/** target [time·batch, output] and mask [time·batch, 1] */
export function targetTensors(model: ModelConfig, batch: Batch): { target: Tensor; mask: Tensor } {
  const rows = batch.times * batch.sequences;
  return {
    target: tf.tensor(batch.y.slice(), [rows, model.output]),
    mask: tf.tensor(batch.mask.slice(), [rows, 1]),
  };
}
