/** Sharpening of the read heads' ways along the links: softmaxes over their logarithms. docs/model.md §6.10. */

import type { DncConfig } from "../../../../config/model.ts";
import type { Groups, Shader, Stages } from "../shader.ts";

/** One group for each way: each write head of each read head. */
function ways({ model: { reads, writes } }: Shader<DncConfig>): Groups {
  return { first: "0u", count: "reads * writes", room: reads * writes };
}

const exponent = (name: string, fields = "fields") =>
  `${fields}[readFrom + (place / (writes * slots)) * readFields + read${name}]`;

/** Takes the ways `f` and `b` at `place` as they are along the links. */
export const toSharpen = `forwardWeights[place] = logOf(f + epsilon);
      backwardWeights[place] = logOf(b + epsilon);
      after.forwardRaw[place] = f;
      after.backwardRaw[place] = b;`;

/** From what `toSharpen` leaves. */
export function sharpenForward(shader: Shader<DncConfig>): Stages {
  const each = "forEach (place < reads * writes * slots) {\n      let way = place / slots;";
  return [
    shader.largest(ways(shader), {
      forwardPeaks: "forwardWeights[at]",
      backwardPeaks: "backwardWeights[at]",
    }),
    `${each}
      let f = forwardWeights[place] - forwardPeaks_most(way);
      let b = backwardWeights[place] - backwardPeaks_most(way);
      after.forwardLogs[place] = f;
      after.backwardLogs[place] = b;
      forwardWeights[place] = expOf(${exponent("SharpenForward")} * f);
      backwardWeights[place] = expOf(${exponent("SharpenBackward")} * b);
    }`,
    shader.sums(ways(shader), { forwardSums: "forwardWeights[at]", backwardSums: "backwardWeights[at]" }),
    `${each}
      forwardWeights[place] /= forwardSums_total(way);
      backwardWeights[place] /= backwardSums_total(way);
      after.forwardWeights[place] = forwardWeights[place];
      after.backwardWeights[place] = backwardWeights[place];
    }`,
  ];
}

/** dForward and dBackward, the gradients of the ways as they are along the links, and those of the exponents. */
export function sharpenBackward(shader: Shader<DncConfig>): Stages {
  const { reads, writes, slots } = shader.model;
  shader.share({ dForward: reads * writes * slots, dBackward: reads * writes * slots });
  shader.define(
    "wayWeight",
    `fn wayWeight(at: u32) -> f32 { return dWeights[(writes + at / (writes * slots)) * slots + at % slots]; }
    // The read mode of a way; \`first\` is the first of the modes in its direction.
    fn wayMode(way: u32, first: u32) -> f32 { return after.mode[(way / writes) * modes + first + way % writes]; }
    // The gradient of a sharpened way's exponent times its logarithm.
    fn forwardSlope(at: u32) -> f32 {
      return after.forwardWeights[at] * wayMode(at / slots, writes) * (wayWeight(at) - forwardMeans_total(at / slots));
    }
    fn backwardSlope(at: u32) -> f32 {
      return after.backwardWeights[at] * wayMode(at / slots, 0u) * (wayWeight(at) - backwardMeans_total(at / slots));
    }`,
  );
  return [
    shader.sums(ways(shader), {
      forwardMeans: "after.forwardWeights[at] * wayWeight(at)",
      backwardMeans: "after.backwardWeights[at] * wayWeight(at)",
    }),
    `forEach (place < reads * writes * slots) {
      dForward[place] = ${exponent("SharpenForward", "after.fields")} * forwardSlope(place) / (after.forwardRaw[place] + epsilon);
      dBackward[place] = ${exponent("SharpenBackward", "after.fields")} * backwardSlope(place) / (after.backwardRaw[place] + epsilon);
    }
    ${shader.sums(ways(shader), {
      forwardExponents: "forwardSlope(at) * after.forwardLogs[at]",
      backwardExponents: "backwardSlope(at) * after.backwardLogs[at]",
    })}`,
    `forEach (i < reads) {
      let field = readFrom + i * readFields;
      var forward = 0.0;
      var backward = 0.0;
      for (var head = 0u; head < writes; head++) {
        forward += forwardExponents_total(i * writes + head);
        backward += backwardExponents_total(i * writes + head);
      }
      setSlope(field + readSharpenForward, forward * logisticOf(after.raw[field + readSharpenForward]));
      setSlope(field + readSharpenBackward, backward * logisticOf(after.raw[field + readSharpenBackward]));
    }`,
  ];
}
