/**
 * Content weights: which slots look like the key. Memory is [width, slots], so that neighbouring lanes read neighbouring
 * slots. docs/model.md §4.1.
 */

import { type Heads, headRange, type Shader, type Stages } from "./shader.ts";

/** Whether heads see slots and keys through masks, docs/model.md §6.8. */
function isMasked({ model }: Shader): boolean {
  return model.model === "dnc" && model.masked === true;
}

/** |k| of every head. */
export function keyLengths(shader: Shader): string {
  shader.share({ keyLengths: shader.model.reads + shader.model.writes });
  const mask = isMasked(shader) ? " * fields[fieldsAt(head) + writeMask + w]" : "";
  return `forEach (head < heads) {
    var sum = epsilon;
    for (var w = 0u; w < width; w++) { let k = fields[fieldsAt(head) + w]${mask}; sum += k * k; }
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
  const plain = `for (var w = 0u; w < width; w++) { product += fields[key + w] * memory[w * slots + n]; }
      let cosine = product / (norms[n] * keyLengths[head] + epsilon);`;
  const masked = `var squares = epsilon;
      for (var w = 0u; w < width; w++) {
        let mask = fields[key + writeMask + w];
        let seen = memory[w * slots + n] * mask;
        product += fields[key + w] * mask * seen;
        squares += seen * seen;
      }
      let norm = sqrt(squares);
      after.maskedNorms[at] = norm;
      let cosine = product / (norm * keyLengths[head] + epsilon);`;
  return [
    `forEach (at of ${heads}) {
      let key = fieldsAt(head);
      var product = 0.0;
      ${isMasked(shader) ? masked : plain}
      scores[at] = cosine;
      after.cosine[at] = cosine;
    }`,
    ...softmaxOfScores(shader, heads, "fields[fieldsAt(head) + writeStrength]"),
  ];
}

/**
 * From dContent to key, strength and memory. The memory's lengths give a multiple of the memory itself: d|M| / |M| is
 * added to `along`, which `writeBackward` applies. A masked head sees lengths of its own, so theirs is applied here.
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
  const masked = isMasked(shader);
  const intoAlong = `forEach (n < slots) {
      var sum = along[n];
      for (var head = ${from}) {
        let at = head * slots + n;
        sum -= dProducts[at] * after.cosine[at] * after.keyLengths[head] / ${record}.norms[n];
      }
      along[n] = sum;
    }`;
  const intoMemory = `let mask = after.fields[fieldsAt(head) + writeMask + w];
        let pulled = lengthPull(head * slots + n) * ${record}.memory[place];
        sum += mask * mask * (dProducts[head * slots + n] * after.fields[fieldsAt(head) + w] + pulled);`;
  const keySlopes = `setSlope(at + w, keySlope(k) * (keys_total(head * width + w) - pull * k));`;
  const maskSlopes = `let mask = after.fields[at + writeMask + w];
        let product = keys_total(head * width + w);
        setSlope(at + w, mask * mask * (product - pull * k));
        let square = k * product + 0.5 * (squares_total(head * width + w) - pull * k * k);
        setSlope(at + writeMask + w, 2.0 * mask * square * (mask - leastMask) * (1.0 - mask) / (1.0 - leastMask));`;
  const norm = masked ? "after.maskedNorms[at]" : `${record}.norms[n]`;
  if (masked) {
    shader.define(
      "lengthPull",
      `// d|M| / |M|, of a slot's length as a masked head sees it.
    fn lengthPull(at: u32) -> f32 {
      return -dProducts[at] * after.cosine[at] * after.keyLengths[at / slots] / after.maskedNorms[at];
    }`,
    );
  }
  return [
    shader.sums(group, { contents: "after.content[at] * dContent[at]" }),
    `forEach (at of ${heads}) {
      let ds = after.content[at] * (dContent[at] - contents_total(head));
      dScores[at] = ds;
      dProducts[at] = after.fields[fieldsAt(head) + writeStrength] * ds
        / (${norm} * after.keyLengths[head] + epsilon);
    }`,
    `${shader.sums(group, {
      strengths: "dScores[at] * after.cosine[at]",
      keyPulls: `dProducts[at] * after.cosine[at] * ${norm}`,
    })}
    ${shader.sums(shader.perHead(heads, "width"), {
      keys: `dProducts[(group / width) * slots + n] * ${record}.memory[(group % width) * slots + n]`,
      ...(masked && {
        squares: `lengthPull((group / width) * slots + n)
          * ${record}.memory[(group % width) * slots + n] * ${record}.memory[(group % width) * slots + n]`,
      }),
    })}
    ${masked ? "" : intoAlong}
    forEach (place < width * slots) {
      let w = place / slots;
      let n = place % slots;
      var sum = dMemory[place];
      for (var head = ${from}) {
        ${masked ? intoMemory : "sum += dProducts[head * slots + n] * after.fields[fieldsAt(head) + w];"}
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
        ${masked ? maskSlopes : keySlopes}
      } else {
        setSlope(at + writeStrength, strengths_total(head) * logisticOf(after.raw[at + writeStrength]));
      }
    }`,
  ];
}
