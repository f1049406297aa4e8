/**
 * Allocation: sends the next write to the least used slots first. One write head after the other, each seeing what the
 * ones before it claimed.
 *
 * docs/model.md §6.3 and §6.4.
 * Nature 538, Methods, "Dynamic memory allocation": the free list φ and the allocation weights a. Usage is ordered in
 * steps of 2⁻¹². Nothing is sorted: a lane finds its slot's rank by looking at all others, which takes as long as the
 * product over those before it.
 */

import type { DncConfig } from "../../../../config/model.ts";
import { partsOf } from "../constants.ts";
import { each, type Shader, type Stages } from "../shader.ts";
import { sums } from "../sums.ts";

/**
 * A[n] = (1 − v[n]) Π v over the slots before n in order, v = ε + (1 − ε) u;  w = g_w (g_a A + (1 − g_a) c);  the next
 * head sees u + (1 − u) g_w g_a A. Needs `content` and what the first head sees.
 */
export function writeWeightsForward(shader: Shader, { slots, writes }: DncConfig, keep: boolean): Stages {
  for (const name of ["seen", "used", "steps"]) shader.share(name, writes * slots);
  shader.define(
    "see",
    `fn see(head: u32, n: u32, u: f32) {
      let at = head * slots + n;
      let v = (1.0 - epsilon) * u + epsilon;
      seen[at] = u;
      used[at] = v;
      steps[at] = floor(v * 4096.0);
    }`,
  );
  return Array.from({ length: writes }, (_, head) =>
    each(
      "n",
      "slots",
      `let at = ${head}u * slots + n;
      let field = ${head}u * writeFields;
      var rank = 0.0;
      var product = 1.0;
      for (var m = 0u; m < slots; m++) {
        let other = ${head}u * slots + m;
        if (steps[other] < steps[at] || (steps[other] == steps[at] && m < n)) {
          rank += 1.0;
          product *= used[other];
        }
      }
      let a = (1.0 - used[at]) * product;
      let claimed = fields[field + writeWriteGate] * fields[field + writeAllocationGate] * a;
      let u = seen[at];
      weights[at] = claimed + fields[field + writeWriteGate] * (1.0 - fields[field + writeAllocationGate]) * content[at];
      ${
        keep
          ? `after.weights[at] = weights[at];
      after.seen[at] = u;
      after.ranks[at] = rank;
      after.allocation[at] = a;`
          : ""
      }
      ${head + 1 < writes ? `see(${head + 1}u, n, u + (1.0 - u) * claimed);` : ""}`,
    ),
  );
}

/**
 * Backward through `writeWeightsForward`, docs/model.md §6.3 and §6.4: `prefix` is P, `behind` is S. dSeen holds du of
 * what the next head sees, and is replaced by that of what this one sees.
 */
export function writeWeightsBackward(shader: Shader, model: DncConfig): Stages {
  const { slots, writes } = model;
  const parts = partsOf(model);
  for (const name of ["dSeen", "sortedUsed", "sortedSlope"]) shader.share(name, slots);
  return Array.from({ length: writes }, (_, index) => {
    const head = writes - 1 - index;
    const group = { first: `${head}u`, count: "1u", room: writes };
    const gates = `let field = ${head}u * writeFields;
      let writeGate = after.fields[field + writeWriteGate];
      let allocationGate = after.fields[field + writeAllocationGate];`;
    const slot = `let at = ${head}u * slots + n;
      ${gates}
      let rank = u32(after.ranks[at]);`;
    const dw = "dWeights[group * slots + n]";
    return [
      [
        sums(shader, "byAllocation", group, parts, `${dw} * after.allocation[group * slots + n]`),
        sums(shader, "byContent", group, parts, `${dw} * after.content[group * slots + n]`),
        sums(
          shader,
          "byClaim",
          group,
          parts,
          "dSeen[n] * (1.0 - after.seen[group * slots + n]) * after.allocation[group * slots + n]",
        ),
        each(
          "n",
          "slots",
          `${slot}
          let u = after.seen[at];
          sortedUsed[rank] = (1.0 - epsilon) * u + epsilon;
          sortedSlope[rank] = writeGate * allocationGate * (dWeights[at] + dSeen[n] * (1.0 - u));`,
        ),
      ].join("\n"),
      [
        each(
          "n",
          "slots",
          `${slot}
          var prefix = 1.0;
          for (var i = 0u; i < rank; i++) { prefix *= sortedUsed[i]; }
          var behind = 0.0;
          var product = 1.0;
          for (var i = rank + 1u; i < slots; i++) {
            behind += sortedSlope[i] * (1.0 - sortedUsed[i]) * product;
            product *= sortedUsed[i];
          }
          dSeen[n] = dSeen[n] * (1.0 - writeGate * allocationGate * after.allocation[at])
            + (1.0 - epsilon) * prefix * (behind - sortedSlope[rank]);
          dContent[at] = writeGate * (1.0 - allocationGate) * dWeights[at];`,
        ),
        `if (lane == 0u) {
          ${gates}
          let viaAllocation = byAllocation_total(${head}u) + byClaim_total(${head}u);
          let viaContent = byContent_total(${head}u);
          let dAllocationGate = writeGate * (viaAllocation - viaContent);
          let dWriteGate = allocationGate * viaAllocation + (1.0 - allocationGate) * viaContent;
          setSlope(field + writeAllocationGate, dAllocationGate * allocationGate * (1.0 - allocationGate));
          setSlope(field + writeWriteGate, dWriteGate * writeGate * (1.0 - writeGate));
        }`,
      ].join("\n"),
    ];
  }).flat();
}
