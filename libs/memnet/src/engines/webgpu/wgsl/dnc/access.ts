/**
 * One memory access of a DNC: free, allocate, write, link, read.
 *
 * docs/model.md §6. Nature 538, Methods, "Interface parameters" onward.
 */

import type { DncConfig } from "../../../../config/model.ts";
import { partsOf } from "../constants.ts";
import { contentBackward, contentForward, keyLengths } from "../content.ts";
import { perSlot, readHeads, writeHeads } from "../heads.ts";
import type { Span } from "../held.ts";
import { dMemoryOfReading, readBackward, readForward } from "../read.ts";
import { each, overlapping, type Shader, type Stages, together } from "../shader.ts";
import { sums } from "../sums.ts";
import { writeBackward, writeForward } from "../write.ts";
import { writeWeightsBackward, writeWeightsForward } from "./allocation.ts";
import { followLinks, followLinksBackward, linkBackward, linkForward } from "./link.ts";
import { usageBackward, usageForward } from "./usage.ts";

/** What a field becomes, by its place in the interface vector. Keys, add vectors and read modes stay raw. */
export const dncFields = `
fn activated(field: u32, raw: f32) -> f32 {
  let isRead = field >= readFrom;
  let place = select(field % writeFields, (field - readFrom) % readFields, isRead);
  if (place == writeStrength) { return 1.0 + softplusOf(raw); }
  if (isRead && place == readFreeGate) { return logisticOf(raw); }
  if (!isRead && place > writeStrength && place < writeAdd) { return logisticOf(raw); }
  return raw;
}
`;

/** Slopes of keys and add vectors, which are used as they are. */
export const dncSlopes = `
fn keySlope(k: f32) -> f32 { return 1.0; }
fn addSlope(a: f32) -> f32 { return 1.0; }
`;

/** All initial state is 0. */
export function dncInitial(keep: boolean): string {
  return [
    each("place", "width * slots", "memory[place] = 0.0;"),
    each("at", "heads * slots", "weights[at] = 0.0;"),
    each("place", "reads * width", "joined[inputs + place] = 0.0;"),
    each("n", "slots", `usage[n] = 0.0; ${keep ? "after.usage[n] = 0.0;" : ""}`),
    each("at", "writes * slots", `precedence[at] = 0.0; ${keep ? "after.precedence[at] = 0.0;" : ""}`),
    each("place", "writes * slots * slots", `link[place] = 0.0; ${keep ? "after.link[place] = 0.0;" : ""}`),
  ].join("\n");
}

export function dncForward(shader: Shader, model: DncConfig, keep: boolean): Stages {
  const { reads, writes, slots } = model;
  shader.share("weights", (reads + writes) * slots);
  shader.share("content", (reads + writes) * slots);
  shader.share("mode", reads * (2 * writes + 1));
  const modes = each(
    "i",
    "reads",
    `let raw = readFrom + i * readFields + readMode;
    var most = fields[raw];
    for (var j = 1u; j < modes; j++) { most = max(most, fields[raw + j]); }
    var sum = 0.0;
    for (var j = 0u; j < modes; j++) {
      let e = expOf(fields[raw + j] - most);
      mode[i * modes + j] = e;
      sum += e;
    }
    for (var j = 0u; j < modes; j++) {
      mode[i * modes + j] /= sum;
      ${keep ? "after.mode[i * modes + j] = mode[i * modes + j];" : ""}
    }`,
  );
  const content = `content[at] = scores[at] / softness_total(head);
    ${keep ? "after.content[at] = content[at];" : ""}`;
  const weights = writeWeightsForward(shader, model, keep);
  const [links, precedence] = linkForward(shader, model, keep);
  return [
    ...together(keyLengths(shader, model, keep), [modes], usageForward(shader, model, keep)),
    ...contentForward(shader, model, writeHeads, keep),
    perSlot(writeHeads, content),
    ...weights,
    ...together(writeForward(shader, model, keep), [links!]),
    ...together(
      [precedence!],
      followLinks(shader, model, keep),
      contentForward(shader, model, readHeads, keep),
    ),
    perSlot(
      readHeads,
      `${content}
      let i = head - writes;
      var sum = mode[i * modes + 2u * writes] * content[at];
      for (var j = 0u; j < writes; j++) {
        let place = (i * writes + j) * slots + n;
        sum += mode[i * modes + j] * backwardWeights[place] + mode[i * modes + writes + j] * forwardWeights[place];
      }
      weights[at] = sum;
      ${keep ? "after.weights[at] = sum;" : ""}`,
    ),
    ...readForward(shader, model),
  ];
}

/** See `heldFields`. */
export const dncHeld: readonly Span[] = [
  ["after", "keyLengths", "weights"],
  "memory",
  ["before", "norms", "precedence"],
  ["after", "link", "link"],
  ["before", "link", "link"],
];

/** What the time behind the last gives back. */
export const dncBackwardInitial = [
  each("n", "slots", "dUsage[n] = 0.0;"),
  each("at", "writes * slots", "dPrecedence[at] = 0.0;"),
  each("place", "writes * slots * slots", "dLink[place] = 0.0;"),
];

export function dncBackward(shader: Shader, model: DncConfig): Stages {
  const { reads, writes, slots } = model;
  shader.share("dWeights", (reads + writes) * slots);
  const modeCount = 2 * writes + 1;
  shader.define(
    "pathOf",
    `// What a read mode of a head leads to: backward or forward along a write head's links, or content.
    fn pathOf(group: u32, n: u32) -> f32 {
      let i = group / modes;
      let mode = group % modes;
      if (mode < writes) { return after.backwardWeights[(i * writes + mode) * slots + n]; }
      if (mode < 2u * writes) { return after.forwardWeights[(i * writes + mode - writes) * slots + n]; }
      return after.content[(writes + i) * slots + n];
    }`,
  );
  const modes = sums(
    shader,
    "paths",
    { count: "reads * modes", room: reads * modeCount },
    partsOf(model),
    "dWeights[(writes + group / modes) * slots + n] * pathOf(group, n)",
  );
  const modesBackward = each(
    "i",
    "reads",
    `var mean = 0.0;
    for (var j = 0u; j < modes; j++) { mean += after.mode[i * modes + j] * paths_total(i * modes + j); }
    for (var j = 0u; j < modes; j++) {
      let m = after.mode[i * modes + j];
      setSlope(readFrom + i * readFields + readMode + j, m * (paths_total(i * modes + j) - mean));
    }`,
  );
  const reading = contentBackward(shader, model, readHeads, "after", dMemoryOfReading);
  const writing = contentBackward(shader, model, writeHeads, "before");
  return [
    // Nothing comes back from the time after to the write weights but through link and precedence.
    ...together(readBackward(), [perSlot(writeHeads, "dWeights[at] = 0.0;")]),
    ...together([modes], followLinksBackward(shader, model), [
      perSlot(readHeads, "dContent[at] = after.mode[(head - writes) * modes + 2u * writes] * dWeights[at];"),
    ]),
    // The first two end with the slopes of their own fields, which nobody needs before the controller.
    ...overlapping(
      together(
        reading,
        linkBackward(shader, model),
        [modesBackward],
        [each("place", "reads * slots", "dWeights[writes * slots + place] = dPast[place];")],
        [each("n", "slots", "dSeen[n] = 0.0;")],
      ),
      writeBackward(shader, model),
      writeWeightsBackward(shader, model),
    ),
    ...together(writing, usageBackward(shader, model)),
  ];
}
