/** Where the tensors of a trace lie in records. */

import type { ModelConfig } from "../../config/model.ts";
import { fieldOffsets, headFields, headWidth } from "../../interface-vector.ts";
import type { Source } from "../trace.ts";
import { recordLayout } from "./layout.ts";

export function traceSources(model: ModelConfig): Readonly<Record<string, Source>> {
  const { slots, writes } = model;
  const { offsets, size } = recordLayout(model, true);
  const heads = headFields(model);
  const at = (field: string, strides: readonly number[], skipped = 0): Source => {
    return { offset: offsets.get(field)! + skipped, row: size, skip: 1, strides };
  };
  const field = (kind: "write" | "read", name: string, ...strides: number[]) => {
    const before = kind === "write" ? 0 : writes * headWidth(heads.write);
    return at("fields", [headWidth(heads[kind]), ...strides], before + fieldOffsets(heads[kind]).get(name)!);
  };
  const logits = at("logits", [1]);
  if (model.model === "lstm") return { logits };
  const both = {
    logits,
    // Memory is [width, slots] here.
    memory: at("memory", [1, slots]),
    writeWeights: at("weights", [slots, 1]),
    readWeights: at("weights", [slots, 1], writes * slots),
    add: field("write", "add", 1),
    writeStrength: field("write", "strength"),
    readStrength: field("read", "strength"),
  };
  if (model.model === "ntm") {
    const { shifts } = model;
    return {
      ...both,
      writeGate: field("write", "gate"),
      readGate: field("read", "gate"),
      writeShift: at("shift", [shifts, 1]),
      readShift: at("shift", [shifts, 1], writes * shifts),
      writeSharpen: field("write", "sharpen"),
      readSharpen: field("read", "sharpen"),
    };
  }
  return {
    ...both,
    usage: at("usage", [1]),
    allocationWeights: at("allocation", [slots, 1]),
    contentWeights: at("content", [slots, 1]),
    allocationGate: field("write", "allocationGate"),
    writeGate: field("write", "writeGate"),
    freeGate: field("read", "freeGate"),
    readMode: at("mode", [2 * writes + 1, 1]),
    link: at("link", [slots * slots, slots, 1]),
  };
}
