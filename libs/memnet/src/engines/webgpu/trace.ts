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
  const gate = (kind: "write" | "read", name: string) => {
    const before = kind === "write" ? 0 : writes * headWidth(heads.write);
    return at("fields", [headWidth(heads[kind])], before + fieldOffsets(heads[kind]).get(name)!);
  };
  const logits = at("logits", [1]);
  if (model.model === "lstm") return { logits };
  const both = {
    logits,
    // Memory is [width, slots] here.
    memory: at("memory", [1, slots]),
    writeWeights: at("weights", [slots, 1]),
    readWeights: at("weights", [slots, 1], writes * slots),
  };
  if (model.model === "ntm")
    return { ...both, writeGate: gate("write", "gate"), readGate: gate("read", "gate") };
  return {
    ...both,
    usage: at("usage", [1]),
    allocationGate: gate("write", "allocationGate"),
    writeGate: gate("write", "writeGate"),
    freeGate: gate("read", "freeGate"),
    readMode: at("mode", [2 * writes + 1, 1]),
    link: at("link", [slots * slots, slots, 1]),
  };
}
