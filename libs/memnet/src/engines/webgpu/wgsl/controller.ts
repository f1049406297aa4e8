/** The controller, an LSTM, and what it tells the memory. docs/model.md §3. */

import type { ModelConfig } from "../../../config/model.ts";
import { interfaceWidth } from "../../../interface-vector.ts";
import { product } from "./product.ts";
import { each, type Shader, type Stages } from "./shader.ts";

/**
 * c = σ(f) c′ + σ(i) tanh(g), h = σ(o) tanh(c), and the interface vector, each field activated. What the gates take,
 * [input, reads, hidden], lies joined in the order of the kernel's columns.
 */
export function controllerForward(shader: Shader, model: ModelConfig, keep: boolean): Stages {
  const { input, hidden, reads, width } = model;
  const interfaceSize = interfaceWidth(model);
  shader.share("joined", input + reads * width + hidden);
  shader.share("gates", 4 * hidden);
  shader.share("cell", hidden);
  shader.share("fields", interfaceSize);
  return [
    ...product(shader, {
      rows: 4 * hidden,
      columns: input + reads * width + hidden,
      weight: "packed[controllerKernel + column * (4u * hidden) + row]",
      value: "joined[column]",
      start: "given[controllerBias + row]",
      done: "gates[row] = sum;",
    }),
    each(
      "j",
      "hidden",
      `let i = logisticOf(gates[j]);
      let f = logisticOf(gates[hidden + j]);
      let g = tanhOf(gates[2u * hidden + j]);
      let o = logisticOf(gates[3u * hidden + j]);
      let c = f * cell[j] + i * g;
      let t = tanhOf(c);
      cell[j] = c;
      joined[inputs + reads * width + j] = o * t;
      after.hidden[j] = o * t;
      ${
        keep
          ? `after.cell[j] = c;
      after.tanhs[j] = t;
      after.gates[j] = i;
      after.gates[hidden + j] = f;
      after.gates[2u * hidden + j] = g;
      after.gates[3u * hidden + j] = o;`
          : ""
      }`,
    ),
    ...product(shader, {
      rows: interfaceSize,
      columns: hidden,
      weight: "packed[interfaceKernel + column * interfaceSize + row]",
      value: "joined[inputs + reads * width + column]",
      start: "given[interfaceBias + row]",
      done: `let value = activated(row, sum);
      fields[row] = value;
      ${keep ? "after.raw[row] = sum; after.fields[row] = value;" : ""}`,
    }),
  ];
}

/** What flows into r_t and h_t, from the gates of the time after and from the logits of this one: dState. */
export function stateBackward(shader: Shader, model: ModelConfig): Stages {
  const { hidden, reads, width } = model;
  shader.share("dGates", 4 * hidden);
  shader.share("dState", reads * width + hidden);
  shader.define(
    "fromLogits",
    `fn fromLogits(place: u32) -> f32 {
      // A state is [reads, hidden], the output's columns are [hidden, reads].
      let column = select(place - reads * width, hidden + place, place < reads * width);
      var sum = 0.0;
      for (var o = 0u; o < outputs; o++) { sum += slope.logits[o] * given[outputKernel + o * stateSize + column]; }
      return sum;
    }`,
  );
  return product(shader, {
    rows: reads * width + hidden,
    columns: 4 * hidden,
    weight: "given[controllerKernel + column * rowSize + inputs + row]",
    value: "dGates[column]",
    start: "fromLogits(row)",
    done: "dState[row] = sum;",
  });
}

/** From dFields, those of the raw interface vector, and dState to the gates: dGates. */
export function controllerBackward(shader: Shader, model: ModelConfig): Stages {
  const { hidden } = model;
  shader.share("dCell", hidden);
  return product(shader, {
    rows: hidden,
    columns: interfaceWidth(model),
    weight: "given[interfaceKernel + column * hidden + row]",
    value: "dFields[column]",
    start: "dState[reads * width + row]",
    done: `let i = after.gates[row];
      let f = after.gates[hidden + row];
      let g = after.gates[2u * hidden + row];
      let o = after.gates[3u * hidden + row];
      let t = after.tanhs[row];
      let dc = dCell[row] + sum * o * (1.0 - t * t);
      dCell[row] = dc * f;
      let di = dc * g * i * (1.0 - i);
      let df = dc * before.cell[row] * f * (1.0 - f);
      let dg = dc * i * (1.0 - g * g);
      let dOut = sum * t * o * (1.0 - o);
      dGates[row] = di;
      dGates[hidden + row] = df;
      dGates[2u * hidden + row] = dg;
      dGates[3u * hidden + row] = dOut;
      slope.gates[row] = di;
      slope.gates[hidden + row] = df;
      slope.gates[2u * hidden + row] = dg;
      slope.gates[3u * hidden + row] = dOut;`,
  });
}
