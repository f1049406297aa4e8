/** The loss: sigmoid cross-entropy where the mask is not 0, and which bits are wrong. */

import { dot } from "./product.ts";
import { each, type Stages } from "./shader.ts";

/**
 * max(y, 0) − y·target + log(1 + e^−|y|), its gradient (docs/model.md §7), and the sums of each time. All times at once:
 * the output feeds nothing back.
 *
 * @param keep whether the gradient is wanted
 */
export function lossForward(keep: boolean): Stages {
  return [
    each(
      "job",
      "sizes.times * outputs",
      `let time = job / outputs;
      let o = job % outputs;
      let after = recordAt(time + 1u);
      var sum = given[outputBias + o];
      ${dot("column", "0u", "hidden", "packed[outputKernel + column * outputs + o]", "after.hidden[column]")}
      ${dot("column", "0u", "reads * width", "packed[outputKernel + (hidden + column) * outputs + o]", "after.reads[column]")}
      let counted = given[sizes.maskAt + rowOf(time)];
      let wanted = given[sizes.yAt + rowOf(time) * outputs + o];
      after.logits[o] = sum;
      // softplus(y) − y·target is the same, and cancels where y is large.
      after.losses[o] = counted * (max(sum, 0.0) - sum * wanted + softplusOf(-abs(sum)));
      after.misses[o] = select(0.0, 1.0, counted != 0.0 && (sum > 0.0) != (wanted > 0.5));
      ${
        keep
          ? `let slope = slopeAt(time);
      slope.logits[o] = counted * (logisticOf(sum) - wanted);`
          : ""
      }`,
    ),
    each(
      "time",
      "sizes.times",
      `let after = recordAt(time + 1u);
      var loss = 0.0;
      var misses = 0.0;
      for (var o = 0u; o < outputs; o++) {
        loss += after.losses[o];
        misses += after.misses[o];
      }
      // Where nothing is counted a logit may be anything, infinite too.
      let counted = given[sizes.maskAt + rowOf(time)] != 0.0;
      result[sizes.lossAt + rowOf(time)] = select(0.0, loss, counted);
      result[sizes.lossAt + sizes.times * sizes.sequences + rowOf(time)] = misses;`,
    ),
  ];
}
