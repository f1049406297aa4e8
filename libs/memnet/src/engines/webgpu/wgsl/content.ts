/**
 * Content weights: which slots look like the key. Memory lies [width, slots], so that neighbouring lanes read
 * neighbouring slots.
 *
 * docs/model.md §4.1.
 * NTM: arXiv 1410.5401, section 3.3.1. DNC: Nature 538, Methods, "Content-based addressing", C(M, k, β).
 */

import type { ModelConfig } from "../../../config/model.ts";
import { partsOf } from "./constants.ts";
import { type Heads, perHead, perHeadAnd, perSlot } from "./heads.ts";
import { each, type Shader, type Stages, together } from "./shader.ts";
import { largest, sums } from "./sums.ts";

/** |k| of every head, √(Σ k² + ε). */
export function keyLengths(shader: Shader, { reads, writes }: ModelConfig, keep: boolean): Stages {
  shader.share("keyLengths", reads + writes);
  return [
    each(
      "head",
      "heads",
      `var sum = epsilon;
      for (var w = 0u; w < width; w++) { let k = fields[fieldsAt(head) + w]; sum += k * k; }
      keyLengths[head] = sqrt(sum);
      ${keep ? "after.keyLengths[head] = keyLengths[head];" : ""}`,
    ),
  ];
}

/** What a softmax over `scores` leaves: stages, behind which `scores[at] / softness_total(head)` is the weight. */
export function softmaxOfScores(
  shader: Shader,
  model: ModelConfig,
  heads: Heads,
  scale: string,
  kept = "",
): Stages {
  const parts = partsOf(model);
  return [
    largest(shader, "peaks", perHead(model, heads), parts, "scores[group * slots + n]"),
    // The largest is taken off first: a large scale cannot make two infinities.
    perSlot(
      heads,
      `let off = scores[at] - peaks_most(head);
      ${kept}
      scores[at] = expOf(${scale} * off);`,
    ),
    sums(shader, "softness", perHead(model, heads), parts, "scores[group * slots + n]"),
  ];
}

/** C(M, k, β) = softmax_n(β cos[n]), cos[n] = M[n]·k / (|M[n]| |k| + ε), as `softmaxOfScores` leaves it. */
export function contentForward(shader: Shader, model: ModelConfig, heads: Heads, keep: boolean): Stages {
  shader.share("scores", (model.reads + model.writes) * model.slots);
  return [
    perSlot(
      heads,
      `let key = fieldsAt(head);
      var product = 0.0;
      for (var w = 0u; w < width; w++) { product += fields[key + w] * memory[w * slots + n]; }
      let cosine = product / (norms[n] * keyLengths[head] + epsilon);
      scores[at] = cosine;
      ${keep ? "after.cosine[at] = cosine;" : ""}`,
    ),
    ...softmaxOfScores(shader, model, heads, "fields[fieldsAt(head) + writeStrength]"),
  ];
}

/**
 * From dContent to key, strength and memory, docs/model.md §4.1. What the memory's lengths give is a multiple of the
 * memory itself: d|M| / |M| is added to `along`, and applied while the write is undone.
 *
 * @param record of the memory that the heads addressed; their own arrays are in `after`
 * @param alsoRead text: what the heads' reading adds to dM, in `head`, `n` and `w`
 */
export function contentBackward(
  shader: Shader,
  model: ModelConfig,
  heads: Heads,
  record: "before" | "after",
  alsoRead = "",
): Stages {
  const { slots, width, reads, writes } = model;
  const parts = partsOf(model);
  const all = reads + writes;
  for (const name of ["dContent", "dScores", "dProducts"]) shader.share(name, all * slots);
  shader.share("dMemory", width * slots);
  shader.share("along", slots);
  const group = perHead(model, heads);
  const from = `${heads.first}; head < ${heads.first} + ${heads.count}; head++`;
  return [
    sums(shader, "contents", group, parts, "after.content[group * slots + n] * dContent[group * slots + n]"),
    perSlot(
      heads,
      `let ds = after.content[at] * (dContent[at] - contents_total(head));
      dScores[at] = ds;
      dProducts[at] = after.fields[fieldsAt(head) + writeStrength] * ds
        / (${record}.norms[n] * after.keyLengths[head] + epsilon);`,
    ),
    together(
      [
        sums(
          shader,
          "strengths",
          group,
          parts,
          "dScores[group * slots + n] * after.cosine[group * slots + n]",
        ),
      ],
      [
        sums(
          shader,
          "keyPulls",
          group,
          parts,
          `dProducts[group * slots + n] * after.cosine[group * slots + n] * ${record}.norms[n]`,
        ),
      ],
      [
        sums(
          shader,
          "keys",
          perHeadAnd(model, heads, "width", width),
          parts,
          `dProducts[(group / width) * slots + n] * ${record}.memory[(group % width) * slots + n]`,
        ),
      ],
      [
        each(
          "n",
          "slots",
          `var sum = along[n];
          for (var head = ${from}) {
            let at = head * slots + n;
            sum -= dProducts[at] * after.cosine[at] * after.keyLengths[head] / ${record}.norms[n];
          }
          along[n] = sum;`,
        ),
      ],
      [
        each(
          "place",
          "width * slots",
          `let w = place / slots;
          let n = place % slots;
          var sum = dMemory[place];
          for (var head = ${from}) {
            sum += dProducts[head * slots + n] * after.fields[fieldsAt(head) + w];
            ${alsoRead}
          }
          dMemory[place] = sum;`,
        ),
      ],
    )[0]!,
    each(
      "job",
      `${heads.count} * (width + 1u)`,
      `let head = ${heads.first} + job / (width + 1u);
      let w = job % (width + 1u);
      let at = fieldsAt(head);
      if (w < width) {
        let k = after.fields[at + w];
        let pull = keyPulls_total(head) / after.keyLengths[head];
        setSlope(at + w, keySlope(k) * (keys_total(head * width + w) - pull * k));
      } else {
        setSlope(at + writeStrength, strengths_total(head) * logisticOf(after.raw[at + writeStrength]));
      }`,
    ),
  ];
}
