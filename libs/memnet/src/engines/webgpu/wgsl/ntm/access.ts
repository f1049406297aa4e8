/**
 * One memory access of an NTM: the write heads address M_{t−1} and write, then the read heads address M_t and read.
 *
 * docs/model.md §5.3. arXiv 1410.5401, section 3. Differs from the paper: key and add pass through tanh.
 */

import type { NtmConfig } from "../../../../config/model.ts";
import { keyLengths } from "../content.ts";
import { readHeads, writeHeads } from "../heads.ts";
import type { Span } from "../held.ts";
import { dMemoryOfReading, readBackward, readForward } from "../read.ts";
import { each, overlapping, type Shader, type Stages, together } from "../shader.ts";
import { writeBackward, writeForward } from "../write.ts";
import { addressBackward, addressForward } from "./addressing.ts";

/** What a field becomes, by its place in the interface vector; read heads' fields are the first of write heads'. */
export const ntmFields = `
fn activated(field: u32, raw: f32) -> f32 {
  let place = select(field % writeFields, (field - readFrom) % readFields, field >= readFrom);
  if (place < width || place >= writeAdd) { return tanhOf(raw); }
  if (place == writeStrength) { return softplusOf(raw); }
  if (place == writeSharpen) { return 1.0 + softplusOf(raw); }
  if (place == writeGate || place >= writeErase) { return logisticOf(raw); }
  return raw;
}
`;

/** Slopes of keys and add vectors, from what they became. */
export const ntmSlopes = `
fn keySlope(k: f32) -> f32 { return 1.0 - k * k; }
fn addSlope(a: f32) -> f32 { return 1.0 - a * a; }
`;

/** M_0 = 1e-6 everywhere, weights one-hot on slot 0; r_0 from them. */
export const ntmInitial = [
  each("place", "width * slots", "memory[place] = 1e-6;"),
  each("at", "heads * slots", "weights[at] = select(0.0, 1.0, at % slots == 0u);"),
  each("place", "reads * width", "joined[inputs + place] = 1e-6;"),
].join("\n");

export function ntmForward(shader: Shader, model: NtmConfig, keep: boolean): Stages {
  const all = model.reads + model.writes;
  shader.share("shift", all * model.shifts);
  shader.share("weights", all * model.slots);
  const shift = each(
    "head",
    "heads",
    `let raw = fieldsAt(head) + writeShift;
    var most = fields[raw];
    for (var j = 1u; j < shifts; j++) { most = max(most, fields[raw + j]); }
    var sum = 0.0;
    for (var j = 0u; j < shifts; j++) {
      let e = expOf(fields[raw + j] - most);
      shift[head * shifts + j] = e;
      sum += e;
    }
    for (var j = 0u; j < shifts; j++) {
      shift[head * shifts + j] /= sum;
      ${keep ? "after.shift[head * shifts + j] = shift[head * shifts + j];" : ""}
    }`,
  );
  return [
    ...together(keyLengths(shader, model, keep), [shift]),
    ...addressForward(shader, model, writeHeads, keep),
    ...writeForward(shader, model, keep),
    ...addressForward(shader, model, readHeads, keep),
    ...readForward(shader, model),
  ];
}

/** See `heldFields`. */
export const ntmHeld: readonly Span[] = [
  ["after", "keyLengths", "weights"],
  "memory",
  ["before", "norms", "weights"],
];

export function ntmBackward(shader: Shader, model: NtmConfig): Stages {
  shader.share("dWeights", (model.reads + model.writes) * model.slots);
  return [
    ...readBackward(),
    // At its end each gives the slopes of its own fields, which nobody needs before the controller.
    ...overlapping(
      addressBackward(shader, model, readHeads, "after", dMemoryOfReading),
      writeBackward(shader, model),
      addressBackward(shader, model, writeHeads, "before"),
    ),
  ];
}
