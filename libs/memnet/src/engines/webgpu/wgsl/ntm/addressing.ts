/**
 * How an NTM's heads move: from content, by interpolation, shift and sharpening. The heads of one kind move together.
 * docs/model.md §5.2.
 */

import type { NtmConfig } from "../../../../config/model.ts";
import { contentBackward, contentForward, softmaxOfScores } from "../content.ts";
import { softmaxFewBackward } from "../fields.ts";
import { type Heads, headRange, type Shader, type Stages, together } from "../shader.ts";

/** Replaces the weights of the time before. */
export function addressForward(shader: Shader<NtmConfig>, heads: Heads): Stages {
  const { reads, writes, slots } = shader.model;
  shader.share({ gated: (reads + writes) * slots });
  return [
    ...contentForward(shader, heads),
    `forEach (at of ${heads}) {
      let content = scores[at] / softness_total(head);
      after.content[at] = content;
      let past = weights[at];
      gated[at] = past + fields[fieldsAt(head) + writeGate] * (content - past);
    }`,
    `forEach (at of ${heads}) {
      var sum = 0.0;
      for (var j = 0u; j < shifts; j++) { sum += shift[head * shifts + j] * gated[head * slots + (n + turnOff - j) % slots]; }
      after.shifted[at] = sum;
      scores[at] = logOf(sum + epsilon);
    }`,
    ...softmaxOfScores(shader, heads, "fields[fieldsAt(head) + writeSharpen]", "after.logs[at] = off;"),
    `forEach (at of ${heads}) {
      weights[at] = scores[at] / softness_total(head);
      after.weights[at] = weights[at];
    }`,
  ];
}

/**
 * Backward through `addressForward`. Replaces dWeights by those of the time before. For the parameters see
 * `contentBackward`.
 */
export function addressBackward(
  shader: Shader<NtmConfig>,
  heads: Heads,
  record: "before" | "after",
  alsoRead = "",
): Stages {
  const { slots, reads, writes } = shader.model;
  const all = (reads + writes) * slots;
  shader.share({ dShifted: all, dGated: all, dContent: all });
  shader.define(
    "gatedBefore",
    `fn gatedBefore(head: u32, n: u32) -> f32 {
      let at = head * slots + n;
      let past = before.weights[at];
      return past + after.fields[fieldsAt(head) + writeGate] * (after.content[at] - past);
    }`,
  );
  const group = shader.perHead(heads);
  const { first, count } = headRange(heads);
  const [contents, ...contentStages] = contentBackward(shader, heads, record, alsoRead);
  return [
    shader.sums(group, { means: "after.weights[at] * dWeights[at]" }),
    `forEach (at of ${heads}) {
      let du = after.weights[at] * (dWeights[at] - means_total(head));
      dShifted[at] = after.fields[fieldsAt(head) + writeSharpen] * du / (after.shifted[at] + epsilon);
    }`,
    `${shader.sums(group, {
      sharpenings: "after.weights[at] * (dWeights[at] - means_total(group)) * after.logs[at]",
    })}
    ${shader.sums(shader.perHead(heads, "shifts"), {
      shiftings:
        "dShifted[(group / shifts) * slots + n] * gatedBefore(group / shifts, (n + turnOff - group % shifts) % slots)",
    })}
    forEach (at of ${heads}) {
      var sum = 0.0;
      for (var j = 0u; j < shifts; j++) {
        sum += after.shift[head * shifts + j] * dShifted[head * slots + (n + turnOn + j) % slots];
      }
      dGated[at] = sum;
      dContent[at] = after.fields[fieldsAt(head) + writeGate] * sum;
    }`,
    `${contents}
    ${shader.sums(group, { gatings: "dGated[at] * (after.content[at] - before.weights[at])" })}
    forEach (at of ${heads}) { dWeights[at] = (1.0 - after.fields[fieldsAt(head) + writeGate]) * dGated[at]; }
    forEach (index < ${count}) {
      let head = ${first} + index;
      let field = fieldsAt(head);
      setSlope(field + writeSharpen, sharpenings_total(head) * logisticOf(after.raw[field + writeSharpen]));
      ${softmaxFewBackward("shift", "head", "field + writeShift", "shifts", "shiftings")}
    }`,
    ...together(
      contentStages,
      `forEach (index < ${count}) {
        let head = ${first} + index;
        let field = fieldsAt(head) + writeGate;
        let g = after.fields[field];
        setSlope(field, gatings_total(head) * g * (1.0 - g));
      }`,
    ),
  ];
}
