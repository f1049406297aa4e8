/** A model's sizes as the module has them, in floats: padded so that every loop takes whole vectors. */

import type { ModelConfig } from "../../config/model.ts";
import { headRows } from "./interface-rows.ts";
import { padded } from "./offsets.ts";

export type Sizes = ReturnType<typeof sizesOf>;

/** Vectors have 4 lanes, products 8 columns a tile; loops over slots take 16. */
export function sizesOf(model: ModelConfig) {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const isDnc = model.model === "dnc";
  const shifts = model.model === "ntm" ? model.shifts : 0;
  const hiddenPad = padded(hidden, 4);
  const widthPad = padded(width, 4);
  const slotsPad = padded(slots, 16);
  // Rows that lie a power of two apart would share their places in the cache.
  const stride = slotsPad % 256 === 0 ? slotsPad + 16 : slotsPad;
  const heads = headRows(model);
  const writeFields = heads.write.length;
  const readFields = heads.read.length;
  const interfacePad = padded(writes * writeFields + reads * readFields, 8);
  const outputPad = padded(output, 8);
  const stateSize = reads * widthPad + hiddenPad;
  const rowUsed = padded(stateSize + input, 4);
  const rowStride = padded(stateSize + input, 8);
  const gateRows = 4 * hiddenPad;
  const backStride = gateRows + outputPad;
  return {
    ...{ isDnc: isDnc ? 1 : 0, input, output, hidden, slots, width, reads, writes, shifts },
    ...{ hiddenPad, widthPad, slotsPad, stride, writeFields, readFields, interfacePad },
    /** Of a row: [reads, hidden] its state, with the input what the gates take, and what lies between two rows. */
    ...{ outputPad, stateSize, rowUsed, rowStride },
    /** The four gates; with the logits behind them what flows back into a row's state. */
    ...{ gateRows, backStride },
  };
}
