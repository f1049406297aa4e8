/** Reading, r = Mᵀ w, of all read heads. docs/model.md §4.3. */

import type { Shader, Stages } from "./shader.ts";

/** Reads into the input of the gates. */
export function readForward(shader: Shader): Stages {
  const { reads, width } = shader.model;
  return [
    shader.sums(
      { first: "0u", count: "reads * width", room: reads * width },
      { readings: "weights[(writes + group / width) * slots + n] * memory[(group % width) * slots + n]" },
    ),
    `forEach (place < reads * width) {
      let r = readings_total(place);
      joined[inputs + place] = r;
      after.reads[place] = r;
    }`,
  ];
}

/** The reading's part of dWeights; its part of dMemory is `dMemoryOfReading`. */
export const readBackward = `forEach (at of readHeads) {
      var sum = dWeights[at];
      for (var w = 0u; w < width; w++) { sum += dState[(head - writes) * width + w] * after.memory[w * slots + n]; }
      dWeights[at] = sum;
    }`;

/** The reading's part of dMemory, for `contentBackward`. */
export const dMemoryOfReading =
  "sum += after.weights[head * slots + n] * dState[(head - writes) * width + w];";
