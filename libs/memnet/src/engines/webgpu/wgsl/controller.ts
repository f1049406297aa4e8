/** The controller, an LSTM, and the interface layer behind it. docs/model.md §3. */

import { interfaceWidth } from "../../../interface-vector.ts";
import { product } from "./product.ts";
import type { Shader, Stages } from "./shader.ts";

/**
 * Gates, cell, hidden state and the activated interface vector. The input of the gates, [input, reads, hidden], lies in
 * `joined` in the order of the kernel's columns.
 */
export function controllerForward(shader: Shader): Stages {
  const { input, hidden, reads, width } = shader.model;
  const columns = input + reads * width + hidden;
  const interfaceSize = interfaceWidth(shader.model);
  shader.share({ joined: columns, gates: 4 * hidden, cell: hidden, fields: interfaceSize });
  return [
    ...product(shader, {
      rows: 4 * hidden,
      columns,
      weight: "packed[controllerKernel + column * (4u * hidden) + row]",
      value: "joined[column]",
      start: "given[controllerBias + row]",
      done: "gates[row] = sum;",
    }),
    `forEach (j < hidden) {
      let i = logisticOf(gates[j]);
      let f = logisticOf(gates[hidden + j]);
      let g = tanhOf(gates[2u * hidden + j]);
      let o = logisticOf(gates[3u * hidden + j]);
      let c = f * cell[j] + i * g;
      let t = tanhOf(c);
      cell[j] = c;
      joined[inputs + reads * width + j] = o * t;
      after.hidden[j] = o * t;
      after.cell[j] = c;
      after.tanhs[j] = t;
      after.gates[j] = i;
      after.gates[hidden + j] = f;
      after.gates[2u * hidden + j] = g;
      after.gates[3u * hidden + j] = o;
    }`,
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

/** dState, the gradients of r_t and h_t: from the gates of the time after and from this time's logits. */
export function stateBackward(shader: Shader): Stages {
  const { hidden, reads, width } = shader.model;
  const rows = reads * width + hidden;
  shader.share({ dGates: 4 * hidden, dState: rows });
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
  return product(shader, {
    rows,
    columns: 4 * hidden,
    weight: "given[controllerKernel + column * rowSize + inputs + row]",
    value: "dGates[column]",
    start: "fromLogits(row)",
    done: "dState[row] = sum;",
  });
}

/** dGates, from the gradient of the raw interface vector, dFields, and from dState. */
export function controllerBackward(shader: Shader): Stages {
  const { hidden } = shader.model;
  shader.share({ dCell: hidden });
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
    done: `let i = after.gates[row];
      let f = after.gates[hidden + row];
      let g = after.gates[2u * hidden + row];
      let o = after.gates[3u * hidden + row];
      let t = after.tanhs[row];
      let dc = dCell[row] + sum * o * (1.0 - t * t);
      dCell[row] = dc * f;
      setGateSlope(row, dc * g * i * (1.0 - i));
      setGateSlope(hidden + row, dc * before.cell[row] * f * (1.0 - f));
      setGateSlope(2u * hidden + row, dc * i * (1.0 - g * g));
      setGateSlope(3u * hidden + row, sum * t * o * (1.0 - o));`,
  });
}
