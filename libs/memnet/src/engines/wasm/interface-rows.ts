/** Where the module has the interface's rows: keys, erase and add padded, the scalars of a head together. */

import type { ModelConfig } from "../../config/model.ts";
import { interfaceWidth } from "../../interface-vector.ts";
import { padded } from "./offsets.ts";

/** For each padded row of the interface the kernel's row, or −1. */
export function interfaceRows(
  model: ModelConfig,
  pads: { widthPad: number; interfacePad: number },
): number[] {
  const { width, writes, reads } = model;
  const rows: number[] = [];
  let row = 0;
  const take = (from: number, count: number, pad: number) => {
    for (let place = 0; place < pad; place++) rows.push(place < count ? from + place : -1);
  };
  for (let head = 0; head < writes + reads; head++) {
    const isWrite = head < writes;
    take(row, width, pads.widthPad);
    if (model.model === "ntm") {
      // In the kernel: key, strength, gate, shift, sharpen, erase, add.
      const few = row + width;
      const behind = few + 3 + model.shifts;
      if (isWrite) {
        take(behind, width, pads.widthPad);
        take(behind + width, width, pads.widthPad);
      }
      rows.push(few, few + 1, few + 2 + model.shifts, -1);
      take(few + 2, model.shifts, padded(model.shifts, 4));
      row = behind + (isWrite ? 2 * width : 0);
    } else if (isWrite) {
      // key, strength, allocation gate, write gate, erase, add
      const few = row + width;
      take(few + 3, width, pads.widthPad);
      take(few + 3 + width, width, pads.widthPad);
      rows.push(few, few + 1, few + 2, -1);
      row = few + 3 + 2 * width;
    } else {
      // key, strength, free gate, mode
      const few = row + width;
      const modes = 2 * writes + 1;
      take(few, 2 + modes, 2 + modes);
      row = few + 2 + modes;
    }
  }
  if (row !== interfaceWidth(model)) throw new Error(`Impossible: the interface has ${row} rows`);
  while (rows.length < pads.interfacePad) rows.push(-1);
  return rows;
}
