/** One memory access of a DNC: free, allocate, write, link, read. docs/model.md §6.7. */

import type { DncConfig } from "../../../../config/model.ts";
import type { Access } from "../access.ts";
import { contentBackward, contentForward, keyLengths } from "../content.ts";
import { softmaxFew, softmaxFewBackward } from "../fields.ts";
import { dMemoryOfReading, readBackward, readForward } from "../read.ts";
import { overlapping, type Shader, type Stages, together } from "../shader.ts";
import { writeBackward, writeForward } from "../write.ts";
import { writeWeightsBackward, writeWeightsForward } from "./allocation.ts";
import { followLinks, followLinksBackward, linkBackward, linkForward } from "./link.ts";
import { sharpenBackward } from "./sharpen.ts";
import { usageBackward, usageForward } from "./usage.ts";

export const dncAccess: Access<DncConfig> = {
  // Keys, add vectors and read modes stay raw.
  fields: `
fn activated(field: u32, raw: f32) -> f32 {
  let isRead = field >= readFrom;
  let place = select(field % writeFields, (field - readFrom) % readFields, isRead);
  // Between key and strength are masks, if there are any; behind the modes are exponents of the ways along the links.
  if (place >= width && place < writeStrength) { return leastMask + (1.0 - leastMask) * logisticOf(raw); }
  if (place == writeStrength || (isRead && place >= readMode + modes)) { return 1.0 + softplusOf(raw); }
  if (isRead && place == readFreeGate) { return logisticOf(raw); }
  if (!isRead && place > writeStrength && place < writeAdd) { return logisticOf(raw); }
  return raw;
}
`,
  slopes: `
fn keySlope(k: f32) -> f32 { return 1.0; }
fn addSlope(a: f32) -> f32 { return 1.0; }
`,
  initialMemory: "0.0",
  initial: `
  forEach (at < heads * slots) { weights[at] = 0.0; }
  forEach (n < slots) { usage[n] = 0.0; after.usage[n] = 0.0; }
  forEach (at < writes * slots) { precedence[at] = 0.0; after.precedence[at] = 0.0; }
  forEach (place < writes * slots * slots) { link[place] = 0.0; after.link[place] = 0.0; }
`,
  forward,
  backwardInitial: `
  forEach (n < slots) { dUsage[n] = 0.0; }
  forEach (at < writes * slots) { dPrecedence[at] = 0.0; }
  forEach (place < writes * slots * slots) { dLink[place] = 0.0; }
`,
  backward,
  cached: [
    ["after", "keyLengths", "weights"],
    "memory",
    ["before", "norms", "precedence"],
    ["after", "link", "link"],
    ["before", "link", "link"],
  ],
};

function forward(shader: Shader<DncConfig>): Stages {
  const { reads, writes, slots } = shader.model;
  const all = (reads + writes) * slots;
  shader.share({ weights: all, content: all, mode: reads * (2 * writes + 1) });
  const content = `content[at] = scores[at] / softness_total(head);
      after.content[at] = content[at];`;
  const [links, precedence] = linkForward(shader);
  return [
    ...together(
      keyLengths(shader),
      `forEach (i < reads) { ${softmaxFew("mode", "i", "readFrom + i * readFields + readMode", "modes")} }`,
      usageForward(shader),
    ),
    ...contentForward(shader, "writeHeads"),
    `forEach (at of writeHeads) { ${content} }`,
    ...writeWeightsForward(shader),
    ...together(writeForward(shader), links),
    ...together(precedence, followLinks(shader), contentForward(shader, "readHeads")),
    `forEach (at of readHeads) {
      ${content}
      let i = head - writes;
      var sum = mode[i * modes + 2u * writes] * content[at];
      for (var j = 0u; j < writes; j++) {
        let place = (i * writes + j) * slots + n;
        sum += mode[i * modes + j] * backwardWeights[place] + mode[i * modes + writes + j] * forwardWeights[place];
      }
      weights[at] = sum;
      after.weights[at] = sum;
    }`,
    ...readForward(shader),
  ];
}

function backward(shader: Shader<DncConfig>): Stages {
  const { reads, writes, slots } = shader.model;
  shader.share({ dWeights: (reads + writes) * slots });
  shader.define(
    "pathOf",
    `// Where a head's read mode leads: backward or forward along a write head's links, or to content.
    fn pathOf(group: u32, n: u32) -> f32 {
      let i = group / modes;
      let mode = group % modes;
      if (mode < writes) { return after.backwardWeights[(i * writes + mode) * slots + n]; }
      if (mode < 2u * writes) { return after.forwardWeights[(i * writes + mode - writes) * slots + n]; }
      return after.content[(writes + i) * slots + n];
    }`,
  );
  const modes = shader.sums(
    { first: "0u", count: "reads * modes", room: reads * (2 * writes + 1) },
    { paths: "dWeights[(writes + group / modes) * slots + n] * pathOf(group, n)" },
  );
  const modesBackward = softmaxFewBackward(
    "mode",
    "i",
    "readFrom + i * readFields + readMode",
    "modes",
    "paths",
  );
  const reading = contentBackward(shader, "readHeads", "after", dMemoryOfReading);
  const writing = contentBackward(shader, "writeHeads", "before");
  return [
    // The time after reaches the write weights through links and precedence only.
    ...together(readBackward, "forEach (at of writeHeads) { dWeights[at] = 0.0; }"),
    ...(shader.model.sharpen ? sharpenBackward(shader) : []),
    ...together(
      modes,
      followLinksBackward(shader),
      "forEach (at of readHeads) { dContent[at] = after.mode[(head - writes) * modes + 2u * writes] * dWeights[at]; }",
    ),
    // The first two end with the slopes of their own fields, which only the controller needs.
    ...overlapping(
      together(
        reading,
        linkBackward(shader),
        `forEach (i < reads) { ${modesBackward} }
        forEach (place < reads * slots) { dWeights[writes * slots + place] = dPast[place]; }
        forEach (n < slots) { dSeen[n] = 0.0; }`,
      ),
      writeBackward(shader),
      writeWeightsBackward(shader),
    ),
    ...together(writing, usageBackward(shader)),
  ];
}
