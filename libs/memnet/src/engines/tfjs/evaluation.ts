/** Loss and counts of an evaluation, computed on the host. docs/model.md §7. */

import type { Batch } from "../../batch.ts";
import type { Evaluation } from "../engine.ts";

/** @param logits [time, batch, output], row-major */
export function evaluation(logits: Float32Array, { times, sequences, y, mask }: Batch): Evaluation {
  const output = logits.length / (times * sequences);
  let loss = 0;
  let wrongBits = 0;
  let exact = 0;
  for (let sequence = 0; sequence < sequences; sequence++) {
    let wrong = 0;
    let counts = false;
    for (let time = 0; time < times; time++) {
      const row = time * sequences + sequence;
      if (mask[row] === 0) continue;
      counts = true;
      for (let index = row * output; index < (row + 1) * output; index++) {
        const logit = logits[index]!;
        const target = y[index]!;
        loss += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
        if (logit > 0 !== target > 0.5) wrong += 1;
      }
    }
    wrongBits += wrong;
    if (counts && wrong === 0) exact += 1;
  }
  return { loss, wrongBits, exact };
}
