/** A model's sizes as the module has them: padded, so that loops take whole vectors. */

import type { ModelConfig } from "../../config/model.ts";
import { headRows } from "./interface-rows.ts";
import { padded } from "./offsets.ts";

export type Sizes = ReturnType<typeof sizesOf>;

/** In floats, or bytes if the name says so. Vectors have 4 lanes, panels of products 8 columns; loops over slots take 16. */
export function sizesOf(model: ModelConfig) {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const hiddenPad = padded(hidden, 4);
  const widthPad = padded(width, 4);
  const slotsPad = padded(slots, 16);
  // Rows a power of two apart would compete for the same lines of the cache.
  const stride = slotsPad % 256 === 0 ? slotsPad + 16 : slotsPad;
  const heads = headRows(model);
  const interfacePad = padded(writes * heads.write.length + reads * heads.read.length, 8);
  const outputPad = padded(output, 8);
  const readSize = reads * widthPad;
  const stateSize = readSize + hiddenPad;
  const rowStride = padded(stateSize + input, 8);
  const gateRows = 4 * hiddenPad;
  const backStride = gateRows + outputPad;
  return {
    ...{ isDnc: model.model === "dnc" ? 1 : 0, shifts: model.model === "ntm" ? model.shifts : 0 },
    ...{ input, output, hidden, slots, width, reads, writes, hiddenPad, interfacePad, outputPad, gateRows },
    ...{ readSize, stateSize, rowUsed: padded(stateSize + input, 4), rowStride, backStride },
    ...{ hidden8: padded(hiddenPad, 8), state8: padded(stateSize, 8) },
    ...{ rowBytes: 4 * rowStride, gateBytes: 4 * gateRows, cellBytes: 4 * hiddenPad },
    ...{ fieldBytes: 4 * interfacePad, outputBytes: 4 * outputPad, backBytes: 4 * backStride },
    ...{ slotBytes: 4 * slotsPad, strideBytes: 4 * stride, linkBytes: 4 * slotsPad * slotsPad },
    ...{ widthBytes: 4 * widthPad },
    ...{ writeFieldBytes: 4 * heads.write.length, readFieldBytes: 4 * heads.read.length },
  };
}
