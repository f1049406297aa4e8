/**
 * Allocation: sends the next write to the least used slots first. The write heads take turns, and each sees what the
 * ones before it claimed. docs/model.md §6.3 and §6.4.
 *
 * Nothing is sorted: a lane finds its slot's rank by comparing it with all others, which takes as long as the product
 * over those before it.
 */

import type { DncConfig } from "../../../../config/model.ts";
import type { Shader, Stages } from "../shader.ts";

/** Needs `content`, and what the first head sees. */
export function writeWeightsForward(shader: Shader<DncConfig>): Stages {
  const { slots, writes } = shader.model;
  shader.share({ seen: writes * slots, used: writes * slots, steps: writes * slots });
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
  return Array.from(
    { length: writes },
    (_, head) => `forEach (n < slots) {
      let at = ${head}u * slots + n;
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
      after.weights[at] = weights[at];
      after.seen[at] = u;
      after.ranks[at] = rank;
      after.allocation[at] = a;
      ${head + 1 < writes ? `see(${head + 1}u, n, u + (1.0 - u) * claimed);` : ""}
    }`,
  );
}

/**
 * Backward through `writeWeightsForward`: `prefix` is P, `behind` is S. dSeen holds du of what the next head sees, and
 * is replaced by that of what this head sees.
 */
export function writeWeightsBackward(shader: Shader<DncConfig>): Stages {
  const { slots, writes } = shader.model;
  shader.share({ dSeen: slots, sortedUsed: slots, sortedSlope: slots });
  return Array.from({ length: writes }, (_, index) => {
    const head = writes - 1 - index;
    const gates = `let field = ${head}u * writeFields;
      let writeGate = after.fields[field + writeWriteGate];
      let allocationGate = after.fields[field + writeAllocationGate];`;
    const slot = `let at = ${head}u * slots + n;
      ${gates}
      let rank = u32(after.ranks[at]);`;
    const sums = shader.sums(
      { first: `${head}u`, count: "1u", room: writes },
      {
        byAllocation: "dWeights[at] * after.allocation[at]",
        byContent: "dWeights[at] * after.content[at]",
        byClaim: "dSeen[n] * (1.0 - after.seen[at]) * after.allocation[at]",
      },
    );
    return [
      `${sums}
      forEach (n < slots) {
        ${slot}
        let u = after.seen[at];
        sortedUsed[rank] = (1.0 - epsilon) * u + epsilon;
        sortedSlope[rank] = writeGate * allocationGate * (dWeights[at] + dSeen[n] * (1.0 - u));
      }`,
      `forEach (n < slots) {
        ${slot}
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
        dContent[at] = writeGate * (1.0 - allocationGate) * dWeights[at];
      }
      if (lane == 0u) {
        ${gates}
        let viaAllocation = byAllocation_total(${head}u) + byClaim_total(${head}u);
        let viaContent = byContent_total(${head}u);
        let dAllocationGate = writeGate * (viaAllocation - viaContent);
        let dWriteGate = allocationGate * viaAllocation + (1.0 - allocationGate) * viaContent;
        setSlope(field + writeAllocationGate, dAllocationGate * allocationGate * (1.0 - allocationGate));
        setSlope(field + writeWriteGate, dWriteGate * writeGate * (1.0 - writeGate));
      }`,
    ];
  }).flat();
}
