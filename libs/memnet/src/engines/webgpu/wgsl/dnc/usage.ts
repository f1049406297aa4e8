/**
 * Usage: which slots hold something that is still wanted.
 *
 * docs/model.md §6.2. Nature 538, Methods, "Dynamic memory allocation": the usage vector u and the retention vector ψ.
 * Differs from the paper: no gradient flows through the write weights here, as in google-deepmind/dnc.
 */

import type { DncConfig } from "../../../../config/model.ts";
import { partsOf } from "../constants.ts";
import { each, type Shader, type Stages } from "../shader.ts";
import { sums } from "../sums.ts";

/** u = (u′ + (1 − u′)(1 − Π_j (1 − w^w,j))) ⊙ Π_i (1 − f^i w^r,i), the weights those of the time before. */
export function usageForward(shader: Shader, { slots }: DncConfig, keep: boolean): Stages {
  shader.share("usage", slots);
  return [
    each(
      "n",
      "slots",
      `var blank = 1.0;
      for (var head = 0u; head < writes; head++) { blank *= 1.0 - weights[head * slots + n]; }
      var u = usage[n] + (1.0 - usage[n]) * (1.0 - blank);
      for (var i = 0u; i < reads; i++) {
        u *= 1.0 - fields[readFrom + i * readFields + readFreeGate] * weights[(writes + i) * slots + n];
      }
      usage[n] = u;
      ${keep ? "after.usage[n] = u;" : ""}
      see(0u, n, u);`,
    ),
  ];
}

/**
 * Backward through `usageForward`, docs/model.md §6.2. What the write weights give back through the first head's usage,
 * dSeen, is part of du.
 */
export function usageBackward(shader: Shader, model: DncConfig): Stages {
  const { slots, reads } = model;
  shader.share("dUsage", slots);
  shader.share("dFreed", reads * slots);
  shader.define(
    "retainedBut",
    `// Π (1 − f^i w^r,i) over the read heads but one; of all where there is no such head.
    fn retainedBut(n: u32, but: u32) -> f32 {
      var product = 1.0;
      for (var i = 0u; i < reads; i++) {
        let free = after.fields[readFrom + i * readFields + readFreeGate];
        product *= select(1.0 - free * before.weights[(writes + i) * slots + n], 1.0, i == but);
      }
      return product;
    }`,
  );
  return [
    each(
      "n",
      "slots",
      `let du = dUsage[n] + dSeen[n];
      var blank = 1.0;
      for (var head = 0u; head < writes; head++) { blank *= 1.0 - before.weights[head * slots + n]; }
      let u = before.usage[n];
      let filled = u + (1.0 - u) * (1.0 - blank);
      dUsage[n] = du * retainedBut(n, reads) * blank;
      for (var i = 0u; i < reads; i++) {
        let at = (writes + i) * slots + n;
        let d = du * filled * retainedBut(n, i);
        dFreed[i * slots + n] = -d * before.weights[at];
        dWeights[at] -= d * after.fields[readFrom + i * readFields + readFreeGate];
      }`,
    ),
    sums(shader, "freeings", { count: "reads", room: reads }, partsOf(model), "dFreed[group * slots + n]"),
    each(
      "i",
      "reads",
      `let field = readFrom + i * readFields + readFreeGate;
      let f = after.fields[field];
      setSlope(field, freeings_total(i) * f * (1.0 - f));`,
    ),
  ];
}
