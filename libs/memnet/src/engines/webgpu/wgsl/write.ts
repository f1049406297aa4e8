/**
 * Writing: every write head erases, then every write head adds.
 *
 * docs/model.md §4.2. NTM: arXiv 1410.5401, section 3.2. DNC: Nature 538, Methods, "Memory writing".
 */

import type { ModelConfig } from "../../../config/model.ts";
import { partsOf } from "./constants.ts";
import { perHeadAnd, perSlot, writeHeads } from "./heads.ts";
import { each, type Shader, type Stages, together } from "./shader.ts";
import { sums } from "./sums.ts";

/** M = M′ ⊙ Π_j (1 − w^j ⊗ e^j) + Σ_j w^j ⊗ a^j, and the new lengths √(|M[n]|² + ε). */
export function writeForward(shader: Shader, { slots, width }: ModelConfig, keep: boolean): Stages {
  shader.share("memory", width * slots);
  shader.share("norms", slots);
  return [
    each(
      "n",
      "slots",
      `var sum = epsilon;
      for (var w = 0u; w < width; w++) {
        var stay = 1.0;
        var added = 0.0;
        for (var head = 0u; head < writes; head++) {
          let weight = weights[head * slots + n];
          stay *= 1.0 - weight * fields[head * writeFields + writeErase + w];
          added += weight * fields[head * writeFields + writeAdd + w];
        }
        let m = memory[w * slots + n] * stay + added;
        memory[w * slots + n] = m;
        sum += m * m;
        ${keep ? "after.memory[w * slots + n] = m;" : ""}
      }
      norms[n] = sqrt(sum);
      ${keep ? "after.norms[n] = norms[n];" : ""}`,
    ),
  ];
}

/**
 * Backward through `writeForward`, docs/model.md §4.2. First dMemory[n] gets along[n] M[n]. dWeights of the write heads are
 * added to; `along` is 0 afterwards.
 */
export function writeBackward(shader: Shader, model: ModelConfig): Stages {
  const parts = partsOf(model);
  const group = perHeadAnd(model, writeHeads, "width", model.width);
  shader.define(
    "keptBy",
    `// Π (1 − w^i e^i) over the write heads but one; of all where there is no such head.
    fn keptBy(n: u32, w: u32, but: u32) -> f32 {
      var product = 1.0;
      for (var head = 0u; head < writes; head++) {
        let stay = 1.0 - after.weights[head * slots + n] * after.fields[head * writeFields + writeErase + w];
        product *= select(stay, 1.0, head == but);
      }
      return product;
    }`,
  );
  // With one write head there is no other one.
  const others = (n: string, w: string, head: string) =>
    model.writes === 1 ? "1.0" : `keptBy(${n}, ${w}, ${head})`;
  const d = "dMemory[(group % width) * slots + n]";
  const weight = "after.weights[(group / width) * slots + n]";
  return [
    // The last that is wanted of the memory after; from here on it is the one before.
    each(
      "place",
      "width * slots",
      "dMemory[place] += along[place % slots] * after.memory[place]; recall(before, place);",
    ),
    together(
      [
        perSlot(
          writeHeads,
          `var sum = dWeights[at];
          for (var w = 0u; w < width; w++) {
            let field = head * writeFields + w;
            let erased = before.memory[w * slots + n] * after.fields[field + writeErase] * ${others("n", "w", "head")};
            sum += dMemory[w * slots + n] * (after.fields[field + writeAdd] - erased);
          }
          dWeights[at] = sum;`,
        ),
      ],
      [
        sums(
          shader,
          "erases",
          group,
          parts,
          `${d} * ${weight} * before.memory[(group % width) * slots + n] * ${others("n", "group % width", "group / width")}`,
        ),
      ],
      [sums(shader, "adds", group, parts, `${d} * ${weight}`)],
    )[0]!,
    together(
      [each("place", "width * slots", "dMemory[place] *= keptBy(place % slots, place / slots, writes);")],
      [each("n", "slots", "along[n] = 0.0;")],
      [
        each(
          "job",
          "writes * width",
          `let field = (job / width) * writeFields + job % width;
          let e = after.fields[field + writeErase];
          setSlope(field + writeErase, -erases_total(job) * e * (1.0 - e));
          setSlope(field + writeAdd, adds_total(job) * addSlope(after.fields[field + writeAdd]));`,
        ),
      ],
    )[0]!,
  ];
}
