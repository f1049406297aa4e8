/** The parameter tensors of a model: their order, shapes, and offsets in one flat array. docs/model.md §2. */

import type { ModelConfig } from "./config/model.ts";
import { interfaceWidth } from "./interface-vector.ts";

export interface ParameterTensor {
  /** The tensor's number, which it has in every model; an LSTM lacks 2 and 3. */
  readonly index: number;
  readonly name: ParameterName;
  readonly shape: readonly number[];
  /** Where the tensor starts in the flat array. */
  readonly offset: number;
  /** Number of elements. */
  readonly length: number;
}

export const parameterNames = [
  "controller.kernel",
  "controller.bias",
  "interface.kernel",
  "interface.bias",
  "output.kernel",
  "output.bias",
] as const;
export type ParameterName = (typeof parameterNames)[number];

export function parameterLayout(model: ModelConfig): readonly ParameterTensor[] {
  const { input, output, hidden, controller } = model;
  const readWidth = model.reads * model.width;
  const z = interfaceWidth(model);
  const shapes: Record<ParameterName, readonly number[]> = {
    ...(controller === undefined
      ? { "controller.kernel": [4 * hidden, input + readWidth + hidden], "controller.bias": [4 * hidden] }
      : { "controller.kernel": [hidden, input + readWidth], "controller.bias": [hidden] }),
    "interface.kernel": [z, hidden],
    "interface.bias": [z],
    "output.kernel": [output, hidden + readWidth],
    "output.bias": [output],
  };
  let offset = 0;
  return parameterNames.flatMap((name, index) => {
    const shape = shapes[name];
    const length = shape.reduce((product, size) => product * size, 1);
    if (length === 0) return [];
    const tensor = { index, name, shape, offset, length };
    offset += length;
    return [tensor];
  });
}

export function parameterCount(model: ModelConfig): number {
  return parameterLayout(model).reduce((sum, tensor) => sum + tensor.length, 0);
}

/** Joins the tensors that `tensorOf` returns, each of the given shape, into one flat array. */
export function flatParameters(
  model: ModelConfig,
  tensorOf: (name: ParameterName, shape: readonly number[]) => ArrayLike<number>,
): Float32Array {
  const flat = new Float32Array(parameterCount(model));
  for (const { name, shape, offset } of parameterLayout(model)) flat.set(tensorOf(name, shape), offset);
  return flat;
}
