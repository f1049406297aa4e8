/**
 * What the controller tells the memory: the interface vector z and the fields it is cut into.
 *
 * NTM: arXiv 1410.5401, section 3.3. DNC: Nature 538, Methods, "Interface parameters". The order of the fields
 * is memnet's own: head by head, write heads first. See docs/model.md §3.1, §5.1 and §6.1.
 */

import type { ModelConfig } from "./config/model.ts";

/** One head's part of the interface vector: its fields' names and widths, in order. */
export type HeadFields = readonly (readonly [name: string, width: number])[];

/** The fields of one write head and of one read head; z is K of the first, then R of the second. */
export function headFields(model: ModelConfig): { write: HeadFields; read: HeadFields } {
  const { width } = model;
  if (model.model === "ntm") {
    const addressing: HeadFields = [
      ["key", width],
      ["strength", 1],
      ["gate", 1],
      ["shift", model.shifts],
      ["sharpen", 1],
    ];
    return { write: [...addressing, ["erase", width], ["add", width]], read: addressing };
  }
  return {
    write: [
      ["key", width],
      ["strength", 1],
      ["allocationGate", 1],
      ["writeGate", 1],
      ["erase", width],
      ["add", width],
    ],
    read: [
      ["key", width],
      ["strength", 1],
      ["freeGate", 1],
      ["mode", 2 * model.writes + 1],
    ],
  };
}

/** Length of the interface vector, Z. */
export function interfaceWidth(model: ModelConfig): number {
  const { write, read } = headFields(model);
  return model.writes * total(write) + model.reads * total(read);
}

function total(fields: HeadFields): number {
  return fields.reduce((sum, [, width]) => sum + width, 0);
}
