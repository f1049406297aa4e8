/**
 * The interface vector z, which the controller sends to the memory, and the fields that it is cut into.
 *
 * NTM: arXiv 1410.5401, section 3.3. DNC: Nature 538, Methods, "Interface parameters". The order of the fields is
 * memnet's own: head by head, write heads first. An LSTM has none. See docs/model.md §3.1, §5.1, §6.1, §6.8 and §6.10.
 */

import type { ModelConfig } from "./config/model.ts";

/** One head's part of the interface vector: its fields' names and widths, in order. */
export type HeadFields = readonly (readonly [name: string, width: number])[];

/** The fields of one write head and of one read head; z is K of the first, then R of the second. */
export function headFields(model: ModelConfig): { write: HeadFields; read: HeadFields } {
  if (model.model === "lstm") return { write: [], read: [] };
  const { width } = model;
  const mask: HeadFields = model.model === "dnc" && model.masked ? [["mask", width]] : [];
  const addressing: HeadFields = [["key", width], ...mask, ["strength", 1]];
  const change: HeadFields = [
    ["erase", width],
    ["add", width],
  ];
  if (model.model === "ntm") {
    const read: HeadFields = [...addressing, ["gate", 1], ["shift", model.shifts], ["sharpen", 1]];
    return { write: [...read, ...change], read };
  }
  const sharpen: HeadFields = [
    ["sharpenBackward", 1],
    ["sharpenForward", 1],
  ];
  return {
    write: [...addressing, ["allocationGate", 1], ["writeGate", 1], ...change],
    read: [...addressing, ["freeGate", 1], ["mode", 2 * model.writes + 1], ...(model.sharpen ? sharpen : [])],
  };
}

/** Length of the interface vector, Z. */
export function interfaceWidth(model: ModelConfig): number {
  const { write, read } = headFields(model);
  return model.writes * headWidth(write) + model.reads * headWidth(read);
}

export function headWidth(fields: HeadFields): number {
  return fields.reduce((sum, [, width]) => sum + width, 0);
}

/** Where each field begins in its head's part. */
export function fieldOffsets(fields: HeadFields): Map<string, number> {
  return new Map(fields.map(([name], index) => [name, headWidth(fields.slice(0, index))]));
}
