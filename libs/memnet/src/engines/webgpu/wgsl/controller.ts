/** What the kernels need of a kind of controller. docs/model.md §3. */

import { type Product, product } from "./product.ts";
import type { Shader, Stages } from "./shader.ts";

/**
 * A kind of controller. What it sees lies in `joined` in the order of the kernel's columns, [input, reads, hidden]; it
 * leaves its hidden state there.
 */
export interface Controller {
  /** The rows of its kernel for each hidden unit. */
  readonly gates: 1 | 4;
  /** WGSL in `j`: the state of a hidden unit that it has beside h, at first, and a store of it. */
  readonly initial: string;
  readonly initialStore: string;
  /** A stage: the gradient of the state after the last time. */
  readonly backwardInitial: string;
  /** Shares the arrays that the backward pass uses from its start. */
  readonly backwardShare: (shader: Shader) => void;
  readonly forward: (shader: Shader) => Stages;
  /** dState, the gradients of r_t and h_t: from the gates of the time after and from this time's logits. */
  readonly stateBackward: (shader: Shader) => Stages;
  /** WGSL in `row` and `sum`, dh: sets dGates. */
  readonly gatesBackward: string;
}

/**
 * Some of dState, from the gates of the time after and from this time's logits.
 *
 * @param factor the kernel: its rows are the first of dState, and its columns are the gates
 */
export function stateProduct(shader: Shader, factor: Pick<Product, "rows" | "columns" | "weight">): Stages {
  const { hidden, reads, width } = shader.model;
  shader.share({ dGates: factor.columns, dState: reads * width + hidden });
  shader.define(
    "fromLogits",
    `fn fromLogits(place: u32) -> f32 {
      // A state is [reads, hidden]; the output's columns are [hidden, reads].
      let column = select(place - reads * width, hidden + place, place < reads * width);
      var sum = 0.0;
      for (var o = 0u; o < outputs; o++) { sum += slope.logits[o] * given[outputKernel + o * stateSize + column]; }
      return sum;
    }`,
  );
  const value = "dGates[column]";
  const done = "dState[row] = sum;";
  return product(shader, { ...factor, value, start: "fromLogits(row)", done });
}
