/** The layers around the hidden state: the controller, and the interface if there is a memory. docs/model.md §3. */

import type { ModelConfig } from "../../../config/model.ts";
import { interfaceWidth } from "../../../interface-vector.ts";
import type { Controller } from "./controller.ts";
import { feedforward } from "./feedforward.ts";
import { lstm } from "./lstm.ts";
import { product } from "./product.ts";
import type { Shader, Stages } from "./shader.ts";

export function controllerOf(model: ModelConfig): Controller {
  return model.controller === "feedforward" ? feedforward : lstm;
}

/** The hidden state, and the activated interface vector if there is a memory. */
export function controllerForward(shader: Shader): Stages {
  const { hidden } = shader.model;
  const interfaceSize = interfaceWidth(shader.model);
  const hiddenStages = controllerOf(shader.model).forward(shader);
  if (interfaceSize === 0) return hiddenStages;
  shader.share({ fields: interfaceSize });
  return [
    ...hiddenStages,
    ...product(shader, {
      rows: interfaceSize,
      columns: hidden,
      weight: "packed[interfaceKernel + column * interfaceSize + row]",
      value: "joined[inputs + reads * width + column]",
      start: "given[interfaceBias + row]",
      done: `let value = activated(row, sum);
      fields[row] = value;
      after.raw[row] = sum; after.fields[row] = value;`,
    }),
  ];
}

/** dGates, from the gradient of the raw interface vector, dFields, and from dState. */
export function controllerBackward(shader: Shader): Stages {
  const { hidden } = shader.model;
  shader.define(
    "setGateSlope",
    "fn setGateSlope(place: u32, value: f32) { dGates[place] = value; slope.gates[place] = value; }",
  );
  return product(shader, {
    rows: hidden,
    columns: interfaceWidth(shader.model),
    weight: "given[interfaceKernel + column * hidden + row]",
    value: "dFields[column]",
    start: "dState[reads * width + row]",
    done: controllerOf(shader.model).gatesBackward,
  });
}
