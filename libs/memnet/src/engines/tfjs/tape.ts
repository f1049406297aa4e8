/**
 * The tape: records operations, and differentiates by going back through them.
 *
 * It replaces TensorFlow.js's own tape, which has no kernel gradients in the Node.js bundle and copies every tensor that a
 * gradient needs. Tensors on this tape live until the tidy around `differentiated` ends.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "./tf.ts";

/** The gradient with respect to one input, given that with respect to the output. */
export type Rule = (dy: Tensor) => Tensor;

interface Entry {
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  /** The gradient of each input from those of the outputs, or a function for it; undefined adds nothing. */
  readonly backward: (dys: readonly Tensor[]) => readonly (Tensor | (() => Tensor) | undefined)[];
}

class Tape {
  readonly entries: Entry[] = [];
  /** Ids of the tensors that depend on those of the gradient. */
  readonly depends = new Set<number>();
}

/** One is enough: engines take turns, and none awaits within a call. */
let recording: Tape | undefined;

/** Whether a gradient follows; if not, tensors may be freed right after use. */
export function isRecording(): boolean {
  return recording !== undefined;
}

/** Records an operation with one output and a rule for each input. Returns the output. */
export function record(output: Tensor, inputs: readonly Tensor[], rules: readonly Rule[]): Tensor {
  recordMany([output], inputs, ([dy]) => rules.map((rule) => () => rule(dy!)));
  return output;
}

/** Records an operation with several outputs, or with none, which takes its turn all the same. */
export function recordMany(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  backward: Entry["backward"],
): void {
  if (recording === undefined || !inputs.some(({ id }) => recording!.depends.has(id))) return;
  for (const { id } of outputs) recording.depends.add(id);
  recording.entries.push({ outputs, inputs, backward });
}

/**
 * A tensor and the gradients of the sum of its elements.
 *
 * @param compute uses operations of `ops.ts`; results of tfjs itself count as constants
 * @param by      the tensors whose gradients are wanted
 */
export function differentiated(
  compute: () => Tensor,
  by: readonly Tensor[],
): { value: Tensor; gradients: readonly Tensor[] } {
  const tape = new Tape();
  for (const { id } of by) tape.depends.add(id);
  recording = tape;
  let value: Tensor;
  try {
    value = compute();
  } finally {
    recording = undefined;
  }
  const gradients = backward(tape, value);
  return { value, gradients: by.map((tensor) => gradients.get(tensor.id) ?? tf.zerosLike(tensor)) };
}

/** Gradients by tensor id, the tape read from its end. */
function backward(tape: Tape, value: Tensor): Map<number, Tensor> {
  const gradients = new Map<number, Tensor>([[value.id, tf.onesLike(value)]]);
  for (const { outputs, inputs, backward } of tape.entries.reverse()) {
    const found = outputs.map(({ id }) => gradients.get(id));
    if (outputs.length > 0 && found.every((dy) => dy === undefined)) continue;
    const results = backward(found.map((dy, index) => dy ?? tf.zerosLike(outputs[index]!)));
    for (const [index, { id }] of inputs.entries()) {
      if (!tape.depends.has(id)) continue;
      const result = results[index];
      if (result === undefined) continue;
      const gradient = typeof result === "function" ? result() : result;
      const before = gradients.get(id);
      gradients.set(id, before === undefined ? gradient : tf.add(before, gradient));
    }
  }
  return gradients;
}
