/** The rows of the interface in the module's order: keys, erase and add padded, the scalars of a head together. */

import { assert } from "../../assert.ts";
import type { ModelConfig } from "../../config/model.ts";
import { fieldOffsets, type HeadFields, headFields, headWidth } from "../../interface-vector.ts";
import { padded } from "./offsets.ts";

/** For each row of one write head and of one read head in the module: the head's row in the kernel, or −1. */
export function headRows(model: ModelConfig): { write: readonly number[]; read: readonly number[] } {
  const { write, read } = headFields(model);
  const vectors = [["key"], ["erase"], ["add"]];
  if (model.model === "ntm") {
    const behind = [["strength", "gate", "sharpen"], ["shift"]];
    return { write: rowsOf(write, [...vectors, ...behind]), read: rowsOf(read, [["key"], ...behind]) };
  }
  return {
    write: rowsOf(write, [...vectors, ["strength", "allocationGate", "writeGate"]]),
    // A DNC has many read heads: their scalars and modes are not padded.
    read: rowsOf(read, [["key"]], ["strength", "freeGate", "mode"]),
  };
}

/** For each of the module's rows of the whole interface the kernel's row, or −1. */
export function interfaceRows(model: ModelConfig, interfacePad: number): number[] {
  const { write, read } = headRows(model);
  const rows: number[] = [];
  let from = 0;
  for (let head = 0; head < model.writes + model.reads; head++) {
    const own = head < model.writes ? write : read;
    for (const row of own) rows.push(row < 0 ? -1 : from + row);
    from += Math.max(...own) + 1;
  }
  while (rows.length < interfacePad) rows.push(-1);
  return rows;
}

/**
 * @param lists names of fields; each list is padded to whole vectors
 * @param rest  names of fields that are not padded
 */
function rowsOf(fields: HeadFields, lists: readonly string[][], rest: readonly string[] = []): number[] {
  const offsets = fieldOffsets(fields);
  const own = (names: readonly string[]) =>
    fields
      .filter(([name]) => names.includes(name))
      .flatMap(([name, width]) => Array.from({ length: width }, (_, index) => offsets.get(name)! + index));
  const rows = lists.flatMap((names) => {
    const list = own(names);
    return [...list, ...Array<number>(padded(list.length, 4) - list.length).fill(-1)];
  });
  rows.push(...own(rest));
  assert(
    rows.filter((row) => row >= 0).length === headWidth(fields),
    "a field of a head has no row in the module",
  );
  return rows;
}
