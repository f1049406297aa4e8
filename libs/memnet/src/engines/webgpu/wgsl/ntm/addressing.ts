/**
 * How an NTM's heads move: from content, by interpolation, shift and sharpening. The heads of one kind move together.
 *
 * docs/model.md §5.2. arXiv 1410.5401, sections 3.3.1 and 3.3.2, figure 2.
 */

import type { NtmConfig } from "../../../../config/model.ts";
import { partsOf } from "../constants.ts";
import { contentBackward, contentForward, softmaxOfScores } from "../content.ts";
import { type Heads, perHead, perHeadAnd, perSlot } from "../heads.ts";
import { each, type Shader, type Stages, together } from "../shader.ts";
import { sums } from "../sums.ts";

/**
 * w_g = w′ + g (w_c − w′);  w_s[n] = Σ_j s_j w_g[n − j];  w = softmax_n(γ log(w_s + ε)). The weights before are
 * replaced.
 */
export function addressForward(shader: Shader, model: NtmConfig, heads: Heads, keep: boolean): Stages {
  const all = model.reads + model.writes;
  shader.share("gated", all * model.slots);
  return [
    ...contentForward(shader, model, heads, keep),
    perSlot(
      heads,
      `let content = scores[at] / softness_total(head);
      ${keep ? "after.content[at] = content;" : ""}
      let past = weights[at];
      gated[at] = past + fields[fieldsAt(head) + writeGate] * (content - past);`,
    ),
    perSlot(
      heads,
      `var sum = 0.0;
      for (var j = 0u; j < shifts; j++) { sum += shift[head * shifts + j] * gated[head * slots + (n + turnOff - j) % slots]; }
      ${keep ? "after.shifted[at] = sum;" : ""}
      scores[at] = logOf(sum + epsilon);`,
    ),
    ...softmaxOfScores(
      shader,
      model,
      heads,
      "fields[fieldsAt(head) + writeSharpen]",
      keep ? "after.logs[at] = off;" : "",
    ),
    perSlot(
      heads,
      `weights[at] = scores[at] / softness_total(head);
      ${keep ? "after.weights[at] = weights[at];" : ""}`,
    ),
  ];
}

/**
 * Backward through `addressForward`, docs/model.md §5.2. dWeights are replaced by those of the time before.
 *
 * @param record of the memory that the heads addressed
 * @param alsoRead as for `contentBackward`
 */
export function addressBackward(
  shader: Shader,
  model: NtmConfig,
  heads: Heads,
  record: "before" | "after",
  alsoRead = "",
): Stages {
  const { slots, shifts, reads, writes } = model;
  const parts = partsOf(model);
  const all = reads + writes;
  shader.share("dShifted", all * slots);
  shader.share("dGated", all * slots);
  shader.share("dContent", all * slots);
  shader.define(
    "gatedBefore",
    `fn gatedBefore(head: u32, n: u32) -> f32 {
      let at = head * slots + n;
      let past = before.weights[at];
      return past + after.fields[fieldsAt(head) + writeGate] * (after.content[at] - past);
    }`,
  );
  const group = perHead(model, heads);
  const du = "after.weights[group * slots + n] * (dWeights[group * slots + n] - means_total(group))";
  const [contents, ...contentStages] = contentBackward(shader, model, heads, record, alsoRead);
  return [
    sums(shader, "means", group, parts, "after.weights[group * slots + n] * dWeights[group * slots + n]"),
    perSlot(
      heads,
      `let du = after.weights[at] * (dWeights[at] - means_total(head));
      dShifted[at] = after.fields[fieldsAt(head) + writeSharpen] * du / (after.shifted[at] + epsilon);`,
    ),
    together(
      [sums(shader, "sharpenings", group, parts, `${du} * after.logs[group * slots + n]`)],
      [
        sums(
          shader,
          "shiftings",
          perHeadAnd(model, heads, "shifts", shifts),
          parts,
          "dShifted[(group / shifts) * slots + n] * gatedBefore(group / shifts, (n + turnOff - group % shifts) % slots)",
        ),
      ],
      [
        perSlot(
          heads,
          `var sum = 0.0;
          for (var j = 0u; j < shifts; j++) {
            sum += after.shift[head * shifts + j] * dShifted[head * slots + (n + turnOn + j) % slots];
          }
          dGated[at] = sum;
          dContent[at] = after.fields[fieldsAt(head) + writeGate] * sum;`,
        ),
      ],
    )[0]!,
    together(
      [contents!],
      [
        sums(
          shader,
          "gatings",
          group,
          parts,
          "dGated[group * slots + n] * (after.content[group * slots + n] - before.weights[group * slots + n])",
        ),
      ],
      [perSlot(heads, "dWeights[at] = (1.0 - after.fields[fieldsAt(head) + writeGate]) * dGated[at];")],
      [
        each(
          "index",
          heads.count,
          `let head = ${heads.first} + index;
          let field = fieldsAt(head);
          setSlope(field + writeSharpen, sharpenings_total(head) * logisticOf(after.raw[field + writeSharpen]));
          var mean = 0.0;
          for (var j = 0u; j < shifts; j++) { mean += after.shift[head * shifts + j] * shiftings_total(head * shifts + j); }
          for (var j = 0u; j < shifts; j++) {
            let s = after.shift[head * shifts + j];
            setSlope(field + writeShift + j, s * (shiftings_total(head * shifts + j) - mean));
          }`,
        ),
      ],
    )[0]!,
    ...together(contentStages, [
      each(
        "index",
        heads.count,
        `let head = ${heads.first} + index;
        let field = fieldsAt(head) + writeGate;
        let g = after.fields[field];
        setSlope(field, gatings_total(head) * g * (1.0 - g));`,
      ),
    ]),
  ];
}
