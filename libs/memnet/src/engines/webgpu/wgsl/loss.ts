/** The loss, its gradient and the wrong bits. docs/model.md §7. */

import type { ModelConfig } from "../../../config/model.ts";
import { dot } from "./product.ts";
import type { Stages } from "./shader.ts";

/** All times at once, since the output feeds nothing back; then the sums of each time. */
export function lossForward({ hidden, reads, width }: ModelConfig): Stages {
  return [
    `forEach (job < sizes.times * outputs) {
      let time = job / outputs;
      let o = job % outputs;
      let after = recordAt(time + 1u);
      let slope = slopeAt(time);
      var sum = given[outputBias + o];
      ${dot("0u", "hidden", hidden, "packed[outputKernel + column * outputs + o]", "after.hidden[column]")}
      ${dot("0u", "reads * width", reads * width, "packed[outputKernel + (hidden + column) * outputs + o]", "after.reads[column]")}
      let counted = given[sizes.maskAt + rowOf(time)];
      let wanted = given[sizes.yAt + rowOf(time) * outputs + o];
      after.logits[o] = sum;
      // softplus(y) − y·target is the same, and cancels if y is large.
      after.losses[o] = counted * (max(sum, 0.0) - sum * wanted + softplusOf(-abs(sum)));
      after.misses[o] = select(0.0, 1.0, counted != 0.0 && (sum > 0.0) != (wanted > 0.5));
      slope.logits[o] = counted * (logisticOf(sum) - wanted);
    }`,
    `forEach (time < sizes.times) {
      let after = recordAt(time + 1u);
      var loss = 0.0;
      var misses = 0.0;
      for (var o = 0u; o < outputs; o++) {
        loss += after.losses[o];
        misses += after.misses[o];
      }
      // Under the mask a logit may be anything, even infinite.
      let counted = given[sizes.maskAt + rowOf(time)] != 0.0;
      result[sizes.lossAt + rowOf(time)] = select(0.0, loss, counted);
      result[sizes.lossAt + sizes.times * sizes.sequences + rowOf(time)] = misses;
    }`,
  ];
}
