/** A feed-forward controller's part of the kernels. docs/model.md §3.4. */

import { type Controller, stateProduct } from "./controller.ts";
import { product } from "./product.ts";
import { type Shader, type Stages, together } from "./shader.ts";

export const feedforward: Controller = {
  gates: 1,
  initial: "",
  initialStore: "",
  backwardInitial: "",
  backwardShare() {},
  forward,
  /** Its hidden state feeds no gates, only the logits. */
  stateBackward(shader) {
    const { hidden, reads, width } = shader.model;
    return together(
      stateProduct(shader, {
        rows: reads * width,
        columns: hidden,
        weight: "given[controllerKernel + column * (inputs + reads * width) + inputs + row]",
      }),
      "forEach (j < hidden) { dState[reads * width + j] = fromLogits(reads * width + j); }",
    );
  },
  gatesBackward: `let h = after.hidden[row];
      setGateSlope(row, sum * (1.0 - h * h));`,
};

function forward(shader: Shader): Stages {
  const { input, hidden, reads, width } = shader.model;
  shader.share({ joined: input + reads * width + hidden });
  return product(shader, {
    rows: hidden,
    columns: input + reads * width,
    weight: "packed[controllerKernel + column * hidden + row]",
    value: "joined[column]",
    start: "given[controllerBias + row]",
    done: `let h = tanhOf(sum);
      joined[inputs + reads * width + row] = h;
      after.hidden[row] = h;`,
  });
}
