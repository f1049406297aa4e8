/**
 * The controller: one LSTM layer over the input and the last reads.
 *
 * docs/model.md §3.3. DNC: Nature 538, Methods, "Controller network". NTM: arXiv 1410.5401, section 3.4.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { Linear } from "./linear.ts";
import * as op from "./ops.ts";
import { assertShapes } from "./shapes.ts";

/** Both [batch, hidden], h and c. */
export interface ControllerState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/**
 * One step of the LSTM.
 *
 * @param input [batch, input], x_t
 * @param read  [batch, reads·width], r_{t−1}
 * @param gates the layer from [x_t, r_{t−1}, h_{t−1}] to the gates i, f, g, o: [batch, 4·hidden]
 */
export function lstm(input: Tensor, read: Tensor, state: ControllerState, gates: Linear): ControllerState {
  const { hidden, cell } = state;
  const { hidden: size } = assertShapes(
    [hidden, "batch hidden"],
    [cell, "batch hidden"],
    [input, "batch input"],
    [read, "batch read"],
  ) as { hidden: number };
  const all = gates(op.concat([input, read, hidden], 1));
  const sizes = [size, size, size, size];
  // One logistic of all gates, although g needs none, costs less than one for each.
  const [i, f, , o] = op.split(op.sigmoid(all), sizes, 1);
  const [, , g] = op.split(all, sizes, 1);
  const next = op.add(op.mul(f!, cell), op.mul(i!, op.tanh(g!)));
  return { hidden: op.mul(o!, op.tanh(next)), cell: next };
}
