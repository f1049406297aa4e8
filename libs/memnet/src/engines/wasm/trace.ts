/** Where the tensors of a trace lie in the module's memory. */

import type { ModelConfig } from "../../config/model.ts";
import type { Source } from "../trace.ts";
import type { Plan } from "./plan.ts";

export function traceSources(model: ModelConfig, { layout }: Plan): Readonly<Record<string, Source>> {
  const { writeHeads, readHeads, writeHeadBytes, readHeadBytes, slotBytes } = layout;
  // Offsets and strides in bytes.
  const inRecord = (offset: number, ...strides: number[]): Source => ({
    offset: (layout.records + offset) / 4,
    row: layout.recordBytes / 4,
    skip: 1,
    strides: strides.map((stride) => stride / 4),
  });
  const write = (offset: number, ...strides: number[]) =>
    inRecord(writeHeads + offset, writeHeadBytes, ...strides);
  const read = (offset: number, ...strides: number[]) =>
    inRecord(readHeads + offset, readHeadBytes, ...strides);
  const logits = { offset: layout.logits / 4, row: layout.outputPad, skip: 0, strides: [1] } as const;
  if (model.model === "lstm") return { logits };
  const both = {
    logits,
    // Memory is [width, slots] here.
    memory: inRecord(0, 4, layout.strideBytes),
    writeWeights: write(layout.headWeights, 4),
    readWeights: read(layout.headWeights, 4),
    // A write head's fields begin with its key and erase vector.
    add: {
      offset: (layout.fields + 2 * layout.widthBytes) / 4,
      row: layout.interfacePad,
      skip: 0 as const,
      strides: [layout.writeFieldBytes / 4, 1],
    },
    writeStrength: write(0),
    readStrength: read(0),
  };
  if (model.model === "ntm") {
    return {
      ...both,
      writeGate: write(4),
      readGate: read(4),
      writeShift: write(layout.headShift, 4),
      readShift: read(layout.headShift, 4),
      writeSharpen: write(8),
      readSharpen: read(8),
    };
  }
  return {
    ...both,
    usage: inRecord(layout.usage, 4),
    allocationWeights: write(layout.writeAllocation, 4),
    contentWeights: write(layout.headContent, 4),
    allocationGate: write(4),
    writeGate: write(8),
    freeGate: read(4),
    readMode: read(layout.readMode, 4),
    link: write(layout.writeLink, slotBytes, 4),
  };
}
