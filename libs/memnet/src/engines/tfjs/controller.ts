/**
 * The controller: one layer over the input and the last reads, recurrent or not.
 *
 * docs/model.md §3.3 and §3.4. DNC: Nature 538, Methods, "Controller network". NTM: arXiv 1410.5401, section 3.4.
 */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import type { Linear } from "./linear.ts";
import * as op from "./ops.ts";
import { assertShapes } from "./shapes.ts";
import { tf } from "./tf.ts";

export interface ControllerState {
  /** [batch, hidden], h */
  readonly hidden: Tensor;
}

export interface Controller<State extends ControllerState> {
  /** The state before the first step. */
  initial(batch: number): State;
  /**
   * @param seen  [batch, input + reads·width], [x_t, r_{t−1}]
   * @param layer the controller's linear layer
   */
  step(seen: Tensor, state: State, layer: Linear): State;
}

export interface LstmState extends ControllerState {
  /** [batch, hidden], c */
  readonly cell: Tensor;
}

/** One LSTM layer, from [x_t, r_{t−1}, h_{t−1}] to the gates i, f, g, o: [batch, 4·hidden]. */
export function lstm({ hidden: size }: Pick<ModelConfig, "hidden">): Controller<LstmState> {
  return {
    initial: (batch) => ({ hidden: tf.zeros([batch, size]), cell: tf.zeros([batch, size]) }),
    step(seen, { hidden, cell }, layer) {
      assertShapes([hidden, `batch ${size}`], [cell, `batch ${size}`], [seen, "batch seen"]);
      const all = layer(op.concat([seen, hidden], 1));
      const sizes = [size, size, size, size];
      // One logistic of all gates, although g needs none, costs less than one for each.
      const [i, f, , o] = op.split(op.sigmoid(all), sizes, 1);
      const [, , g] = op.split(all, sizes, 1);
      const next = op.add(op.mul(f!, cell), op.mul(i!, op.tanh(g!)));
      return { hidden: op.mul(o!, op.tanh(next)), cell: next };
    },
  };
}

/** One layer without a state of its own, h_t = tanh(layer([x_t, r_{t−1}])). */
export function feedforward({ hidden: size }: Pick<ModelConfig, "hidden">): Controller<ControllerState> {
  return {
    initial: (batch) => ({ hidden: tf.zeros([batch, size]) }),
    step: (seen, _, layer) => ({ hidden: op.tanh(layer(seen)) }),
  };
}
