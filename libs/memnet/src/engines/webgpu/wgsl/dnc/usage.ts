/** Usage: which slots hold something that is still wanted. docs/model.md §6.2. */

import type { DncConfig } from "../../../../config/model.ts";
import type { Shader, Stages } from "../shader.ts";

/** Usage from the weights of the time before; the first write head sees it. */
export function usageForward(shader: Shader<DncConfig>): string {
  const { slots, deallocate } = shader.model;
  shader.share({ usage: slots, ...(deallocate && { retention: slots }) });
  const retention = `var left = 1.0;
      for (var i = 0u; i < reads; i++) {
        left *= 1.0 - fields[readFrom + i * readFields + readFreeGate] * weights[(writes + i) * slots + n];
      }
      retention[n] = left;
      after.retention[n] = left;`;
  return `forEach (n < slots) {
      var blank = 1.0;
      for (var head = 0u; head < writes; head++) { blank *= 1.0 - weights[head * slots + n]; }
      var u = usage[n] + (1.0 - usage[n]) * (1.0 - blank);
      for (var i = 0u; i < reads; i++) {
        u *= 1.0 - fields[readFrom + i * readFields + readFreeGate] * weights[(writes + i) * slots + n];
      }
      usage[n] = u;
      after.usage[n] = u;
      see(0u, n, u);
      ${deallocate ? retention : ""}
    }`;
}

/** Backward through `usageForward`. dSeen, the gradient of the usage that the first write head sees, is part of du. */
export function usageBackward(shader: Shader<DncConfig>): Stages {
  const { slots, reads, deallocate } = shader.model;
  shader.share({ dUsage: slots, dFreed: reads * slots });
  shader.define(
    "retainedBut",
    `// Π (1 − f^i w^r,i) over the read heads but one; over all if there is no such head.
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
    `forEach (n < slots) {
      let du = dUsage[n] + dSeen[n];
      var blank = 1.0;
      for (var head = 0u; head < writes; head++) { blank *= 1.0 - before.weights[head * slots + n]; }
      let u = before.usage[n];
      let filled = u + (1.0 - u) * (1.0 - blank);
      dUsage[n] = du * retainedBut(n, reads) * blank;
      for (var i = 0u; i < reads; i++) {
        let at = (writes + i) * slots + n;
        let d = ${deallocate ? "(du * filled + dRetention[n])" : "du * filled"} * retainedBut(n, i);
        dFreed[i * slots + n] = -d * before.weights[at];
        dWeights[at] -= d * after.fields[readFrom + i * readFields + readFreeGate];
      }
    }`,
    shader.sums({ first: "0u", count: "reads", room: reads }, { freeings: "dFreed[at]" }),
    `forEach (i < reads) {
      let field = readFrom + i * readFields + readFreeGate;
      let f = after.fields[field];
      setSlope(field, freeings_total(i) * f * (1.0 - f));
    }`,
  ];
}
