/** An LSTM's part of the kernels. docs/model.md §3.3. */

import { type Controller, stateProduct } from "./controller.ts";
import { product } from "./product.ts";
import type { Shader, Stages } from "./shader.ts";

export const lstm: Controller = {
  gates: 4,
  initial: "cell[j] = 0.0;",
  initialStore: "after.cell[j] = 0.0;",
  backwardInitial: "forEach (j < hidden) { dCell[j] = 0.0; }",
  backwardShare: (shader) => shader.share({ dCell: shader.model.hidden }),
  forward,
  stateBackward(shader) {
    const { hidden, reads, width } = shader.model;
    return stateProduct(shader, {
      rows: reads * width + hidden,
      columns: 4 * hidden,
      weight: "given[controllerKernel + column * rowSize + inputs + row]",
    });
  },
  gatesBackward: `let i = after.gates[row];
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
};

function forward(shader: Shader): Stages {
  const { input, hidden, reads, width } = shader.model;
  const columns = input + reads * width + hidden;
  shader.share({ joined: columns, gates: 4 * hidden, cell: hidden });
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
  ];
}
