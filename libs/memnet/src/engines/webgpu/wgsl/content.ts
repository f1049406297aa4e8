/**
 * Content weights: which slots look like the key. Memory is [width, slots], so that neighbouring lanes read neighbouring
 * slots. docs/model.md §4.1.
 */

import { type Heads, headRange, type Shader, type Stages } from "./shader.ts";

/** |k| of every head. */
export function keyLengths(shader: Shader): string {
  shader.share({ keyLengths: shader.model.reads + shader.model.writes });
  return `forEach (head < heads) {
    var sum = epsilon;
    for (var w = 0u; w < width; w++) { let k = fields[fieldsAt(head) + w]; sum += k * k; }
    keyLengths[head] = sqrt(sum);
    after.keyLengths[head] = keyLengths[head];
  }`;
}

/** A softmax over `scores`. Behind these stages a weight is `scores[at] / softness_total(head)`. */
export function softmaxOfScores(shader: Shader, heads: Heads, scale: string, kept = ""): Stages {
  return [
    shader.largest(shader.perHead(heads), { peaks: "scores[at]" }),
    // The maximum is subtracted first, so that a large scale does not give two infinities.
    `forEach (at of ${heads}) {
      let off = scores[at] - peaks_most(head);
      ${kept}
      scores[at] = expOf(${scale} * off);
    }`,
    shader.sums(shader.perHead(heads), { softness: "scores[at]" }),
  ];
}

/** C(M, k, β), as `softmaxOfScores` leaves it. */
export function contentForward(shader: Shader, heads: Heads): Stages {
  shader.share({ scores: (shader.model.reads + shader.model.writes) * shader.model.slots });
  return [
    `forEach (at of ${heads}) {
      let key = fieldsAt(head);
      var product = 0.0;
      for (var w = 0u; w < width; w++) { product += fields[key + w] * memory[w * slots + n]; }
      let cosine = product / (norms[n] * keyLengths[head] + epsilon);
      scores[at] = cosine;
      after.cosine[at] = cosine;
    }`,
    ...softmaxOfScores(shader, heads, "fields[fieldsAt(head) + writeStrength]"),
  ];
}

/**
 * From dContent to key, strength and memory. The memory's lengths give a multiple of the memory itself: d|M| / |M| is
 * added to `along`, which `writeBackward` applies.
 *
 * @param record   the record of the memory that the heads addressed; the heads' own arrays are in `after`
 * @param alsoRead WGSL: what the heads' readings add to dM, in `head`, `n` and `w`
 */
export function contentBackward(
  shader: Shader,
  heads: Heads,
  record: "before" | "after",
  alsoRead = "",
): Stages {
  const { slots, width, reads, writes } = shader.model;
  const all = (reads + writes) * slots;
  shader.share({ dContent: all, dScores: all, dProducts: all, dMemory: width * slots, along: slots });
  const group = shader.perHead(heads);
  const { first, count } = headRange(heads);
  const from = `${first}; head < ${first} + ${count}; head++`;
  return [
    shader.sums(group, { contents: "after.content[at] * dContent[at]" }),
    `forEach (at of ${heads}) {
      let ds = after.content[at] * (dContent[at] - contents_total(head));
      dScores[at] = ds;
      dProducts[at] = after.fields[fieldsAt(head) + writeStrength] * ds
        / (${record}.norms[n] * after.keyLengths[head] + epsilon);
    }`,
    `${shader.sums(group, {
      strengths: "dScores[at] * after.cosine[at]",
      keyPulls: `dProducts[at] * after.cosine[at] * ${record}.norms[n]`,
    })}
    ${shader.sums(shader.perHead(heads, "width"), {
      keys: `dProducts[(group / width) * slots + n] * ${record}.memory[(group % width) * slots + n]`,
    })}
    forEach (n < slots) {
      var sum = along[n];
      for (var head = ${from}) {
        let at = head * slots + n;
        sum -= dProducts[at] * after.cosine[at] * after.keyLengths[head] / ${record}.norms[n];
      }
      along[n] = sum;
    }
    forEach (place < width * slots) {
      let w = place / slots;
      let n = place % slots;
      var sum = dMemory[place];
      for (var head = ${from}) {
        sum += dProducts[head * slots + n] * after.fields[fieldsAt(head) + w];
        ${alsoRead}
      }
      dMemory[place] = sum;
    }`,
    `forEach (job < ${count} * (width + 1u)) {
      let head = ${first} + job / (width + 1u);
      let w = job % (width + 1u);
      let at = fieldsAt(head);
      if (w < width) {
        let k = after.fields[at + w];
        let pull = keyPulls_total(head) / after.keyLengths[head];
        setSlope(at + w, keySlope(k) * (keys_total(head * width + w) - pull * k));
      } else {
        setSlope(at + writeStrength, strengths_total(head) * logisticOf(after.raw[at + writeStrength]));
      }
    }`,
  ];
}
