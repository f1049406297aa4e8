/**
 * One memory access of an NTM: the write heads address M_{t−1} and write, then the read heads address M_t and read.
 * docs/model.md §5.3.
 */

import type { NtmConfig } from "../../../../config/model.ts";
import type { Access } from "../access.ts";
import { keyLengths } from "../content.ts";
import { softmaxFew } from "../fields.ts";
import { dMemoryOfReading, readBackward, readForward } from "../read.ts";
import { overlapping, type Shader, type Stages, together } from "../shader.ts";
import { writeBackward, writeForward } from "../write.ts";
import { addressBackward, addressForward } from "./addressing.ts";

export const ntmAccess: Access<NtmConfig> = {
  // The read heads' fields are the first of the write heads' fields.
  fields: `
fn activated(field: u32, raw: f32) -> f32 {
  let place = select(field % writeFields, (field - readFrom) % readFields, field >= readFrom);
  if (place < width || place >= writeAdd) { return tanhOf(raw); }
  if (place == writeStrength) { return softplusOf(raw); }
  if (place == writeSharpen) { return 1.0 + softplusOf(raw); }
  if (place == writeGate || place >= writeErase) { return logisticOf(raw); }
  return raw;
}
`,
  slopes: `
fn keySlope(k: f32) -> f32 { return 1.0 - k * k; }
fn addSlope(a: f32) -> f32 { return 1.0 - a * a; }
`,
  initialMemory: "1e-6",
  initial: "forEach (at < heads * slots) { weights[at] = select(0.0, 1.0, at % slots == 0u); }",
  forward,
  backwardInitial: "",
  backward,
  cached: [["after", "keyLengths", "weights"], "memory", ["before", "norms", "weights"]],
};

function forward(shader: Shader<NtmConfig>): Stages {
  const { reads, writes, shifts, slots } = shader.model;
  shader.share({ shift: (reads + writes) * shifts, weights: (reads + writes) * slots });
  return [
    ...together(
      keyLengths(shader),
      `forEach (head < heads) { ${softmaxFew("shift", "head", "fieldsAt(head) + writeShift", "shifts")} }`,
    ),
    ...addressForward(shader, "writeHeads"),
    writeForward(shader),
    ...addressForward(shader, "readHeads"),
    ...readForward(shader),
  ];
}

function backward(shader: Shader<NtmConfig>): Stages {
  const { reads, writes, slots } = shader.model;
  shader.share({ dWeights: (reads + writes) * slots });
  return [
    readBackward,
    // Each ends with the slopes of its own fields, which only the controller needs.
    ...overlapping(
      addressBackward(shader, "readHeads", "after", dMemoryOfReading),
      writeBackward(shader),
      addressBackward(shader, "writeHeads", "before"),
    ),
  ];
}
