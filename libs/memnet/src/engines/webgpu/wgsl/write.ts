/** Writing: every write head erases, then every write head adds. docs/model.md §4.2. */

import type { Shader, Stages } from "./shader.ts";

/** Whether the write finds less in the memory than it held: see `dnc/usage.ts`. */
function deallocates({ model }: Shader): boolean {
  return model.model === "dnc" && model.deallocate === true;
}

/** The memory after the write, and the lengths of its slots. */
export function writeForward(shader: Shader): string {
  const { slots, width } = shader.model;
  const kept = deallocates(shader) ? " * retention[n]" : "";
  shader.share({ memory: width * slots, norms: slots });
  return `forEach (n < slots) {
      var sum = epsilon;
      for (var w = 0u; w < width; w++) {
        var stay = 1.0;
        var added = 0.0;
        for (var head = 0u; head < writes; head++) {
          let weight = weights[head * slots + n];
          stay *= 1.0 - weight * fields[head * writeFields + writeErase + w];
          added += weight * fields[head * writeFields + writeAdd + w];
        }
        let m = memory[w * slots + n]${kept} * stay + added;
        memory[w * slots + n] = m;
        sum += m * m;
        after.memory[w * slots + n] = m;
      }
      norms[n] = sqrt(sum);
      after.norms[n] = norms[n];
    }`;
}

/**
 * Backward through `writeForward`. First dMemory[n] gets along[n] M[n], and `along` becomes 0. Adds to the write heads'
 * dWeights.
 */
export function writeBackward(shader: Shader): Stages {
  const group = shader.perHead("writeHeads", "width");
  shader.define(
    "keptBy",
    `// Π (1 − w^i e^i) over the write heads but one; over all if there is no such head.
    fn keptBy(n: u32, w: u32, but: u32) -> f32 {
      var product = 1.0;
      for (var head = 0u; head < writes; head++) {
        let stay = 1.0 - after.weights[head * slots + n] * after.fields[head * writeFields + writeErase + w];
        product *= select(stay, 1.0, head == but);
      }
      return product;
    }`,
  );
  const kept = (n: string) => (deallocates(shader) ? ` * after.retention[${n}]` : "");
  // A single write head has no others.
  const others = (n: string, w: string, head: string) =>
    shader.model.writes === 1 ? "1.0" : `keptBy(${n}, ${w}, ${head})`;
  const d = "dMemory[(group % width) * slots + n] * after.weights[(group / width) * slots + n]";
  return [
    // The last use of the memory after the write; from here on the cache holds the one before.
    `forEach (place < width * slots) {
      dMemory[place] += along[place % slots] * after.memory[place];
      loadMemory(before, place);
    }`,
    `forEach (at of writeHeads) {
      var sum = dWeights[at];
      for (var w = 0u; w < width; w++) {
        let field = head * writeFields + w;
        let erased = before.memory[w * slots + n]${kept("n")} * after.fields[field + writeErase] * ${others("n", "w", "head")};
        sum += dMemory[w * slots + n] * (after.fields[field + writeAdd] - erased);
      }
      dWeights[at] = sum;
    }
    ${shader.sums(group, {
      erases: `${d} * before.memory[(group % width) * slots + n]${kept("n")} * ${others("n", "group % width", "group / width")}`,
      adds: d,
    })}`,
    `${deallocates(shader) ? deallocationBackward(shader) : "forEach (place < width * slots) { dMemory[place] *= keptBy(place % slots, place / slots, writes); }"}
    forEach (n < slots) { along[n] = 0.0; }
    forEach (job < writes * width) {
      let field = (job / width) * writeFields + job % width;
      let e = after.fields[field + writeErase];
      setSlope(field + writeErase, -erases_total(job) * e * (1.0 - e));
      setSlope(field + writeAdd, adds_total(job) * addSlope(after.fields[field + writeAdd]));
    }`,
  ];
}

/** From the gradient of what the write found to that of the memory before it, and to dRetention. docs/model.md §6.9. */
function deallocationBackward(shader: Shader): string {
  shader.share({ dRetention: shader.model.slots });
  return `forEach (n < slots) {
      var sum = 0.0;
      for (var w = 0u; w < width; w++) {
        let d = dMemory[w * slots + n] * keptBy(n, w, writes);
        sum += d * before.memory[w * slots + n];
        dMemory[w * slots + n] = d * after.retention[n];
      }
      dRetention[n] = sum;
    }`;
}
