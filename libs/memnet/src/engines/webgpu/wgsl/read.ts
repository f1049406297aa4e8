/** Reading: r = Mᵀ w, of all read heads. docs/model.md §4.3. */

import type { ModelConfig } from "../../../config/model.ts";
import { partsOf } from "./constants.ts";
import { perSlot, readHeads } from "./heads.ts";
import { each, type Shader, type Stages } from "./shader.ts";
import { sums } from "./sums.ts";

/** r[w] = Σ_n w[n] M[n, w], joined to what the gates take. */
export function readForward(shader: Shader, model: ModelConfig): Stages {
  const { reads, width } = model;
  return [
    sums(
      shader,
      "readings",
      { count: "reads * width", room: reads * width },
      partsOf(model),
      "weights[(writes + group / width) * slots + n] * memory[(group % width) * slots + n]",
    ),
    each(
      "place",
      "reads * width",
      `let r = readings_total(place);
      joined[inputs + place] = r;
      after.reads[place] = r;`,
    ),
  ];
}

/** The reading's part of dWeights. Its part of dMemory is `dMemoryOfReading`. */
export function readBackward(): Stages {
  return [
    perSlot(
      readHeads,
      `var sum = dWeights[at];
      for (var w = 0u; w < width; w++) { sum += dState[(head - writes) * width + w] * after.memory[w * slots + n]; }
      dWeights[at] = sum;`,
    ),
  ];
}

/** The reading's part of dMemory, for `contentBackward`. */
export const dMemoryOfReading =
  "sum += after.weights[head * slots + n] * dState[(head - writes) * width + w];";
