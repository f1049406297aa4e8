/** A model's sizes as the module has them: padded, so that loops take whole vectors. */

import type { ModelConfig } from "../../config/model.ts";
import { headRows } from "./interface-rows.ts";
import { padded } from "./offsets.ts";

export type Sizes = ReturnType<typeof sizesOf>;

/** In floats, or bytes if the name says so. Vectors have 4 lanes, panels of products 8 columns; loops over slots take 16. */
export function sizesOf(model: ModelConfig) {
  const { input, output, hidden, slots, width, reads, writes } = model;
  const isFeedforward = model.controller === "feedforward";
  const { masked, deallocate, sharpen } = model.model === "dnc" ? model : {};
  // A feed-forward controller's row begins with the hidden state, whose gradient takes panels of its own.
  const hiddenPad = padded(hidden, isFeedforward ? 8 : 4);
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
  const gateRows = isFeedforward ? hiddenPad : 4 * hiddenPad;
  const cellSize = isFeedforward ? 0 : hiddenPad;
  const backStride = gateRows + outputPad;
  return {
    ...{
      isNtm: flag(model.model === "ntm"),
      isDnc: flag(model.model === "dnc"),
      isFeedforward: flag(isFeedforward),
    },
    ...{ masked: flag(masked), deallocate: flag(deallocate), sharpens: flag(sharpen) },
    ...{ shifts: model.model === "ntm" ? model.shifts : 0 },
    ...{
      input,
      output,
      hidden,
      slots,
      width,
      reads,
      writes,
      hiddenPad,
      interfacePad,
      outputPad,
      gateRows,
      cellSize,
    },
    ...{ gateFrom: isFeedforward ? hiddenPad : 0 },
    ...{
      gateColumns: input + reads * width + (isFeedforward ? 0 : hidden),
      outputColumns: hidden + reads * width,
    },
    ...{ readSize, stateSize, rowUsed: padded(stateSize + input, 4), rowStride, backStride },
    ...{ hidden8: padded(hiddenPad, 8), state8: padded(stateSize, 8) },
    ...{ readAt: isFeedforward ? 4 * hiddenPad : 0, hiddenAt: isFeedforward ? 0 : 4 * readSize },
    ...{
      rowBytes: 4 * rowStride,
      gateBytes: 4 * gateRows,
      hiddenBytes: 4 * hiddenPad,
      cellBytes: 4 * cellSize,
    },
    ...{ fieldBytes: 4 * interfacePad, outputBytes: 4 * outputPad, backBytes: 4 * backStride },
    ...{ slotBytes: 4 * slotsPad, strideBytes: 4 * stride, linkBytes: 4 * slotsPad * slotsPad },
    ...{ widthBytes: 4 * widthPad },
    ...{ writeFieldBytes: 4 * heads.write.length, readFieldBytes: 4 * heads.read.length },
    // A DNC's read head has key, mask, scalars and modes; a write head's mask is its last field.
    ...{ readScalars: 4 * widthPad * (masked ? 2 : 1), writeMask: 12 * widthPad + 16 },
  };
}

function flag(isSet: boolean | undefined): 0 | 1 {
  return isSet ? 1 : 0;
}
