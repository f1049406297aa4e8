/** The rows of the interface in the module's order: keys, erase and add vectors padded, a head's scalars together. */

import { assert } from "../../assert.ts";
import type { ModelConfig } from "../../config/model.ts";
import { fieldOffsets, type HeadFields, headFields, headWidth } from "../../interface-vector.ts";
import { padded } from "./offsets.ts";

/** The head's row in the kernel, or −1, for each row in the module of a write head and of a read head. */
export function headRows(model: ModelConfig): { write: readonly number[]; read: readonly number[] } {
  const { write, read } = headFields(model);
  const vectors = [["key"], ["erase"], ["add"]];
  // A field that the model lacks takes no rows.
  if (model.model === "ntm") {
    const behind = [["strength", "gate", "sharpen"], ["shift"]];
    return { write: rowsOf(write, [...vectors, ...behind]), read: rowsOf(read, [["key"], ...behind]) };
  }
  return {
    write: rowsOf(write, [...vectors, ["strength", "allocationGate", "writeGate"], ["mask"]]),
    // A DNC has many read heads, so their scalars and modes are not padded.
    read: rowsOf(
      read,
      [["key"], ["mask"]],
      ["strength", "freeGate", "mode", "sharpenBackward", "sharpenForward"],
    ),
  };
}

/** The kernel's row, or −1, for each row in the module of the whole interface. */
export function interfaceRows(model: ModelConfig, interfacePad: number): number[] {
  const { write, read } = headRows(model);
  const heads = [
    ...Array<typeof write>(model.writes).fill(write),
    ...Array<typeof read>(model.reads).fill(read),
  ];
  let from = 0;
  const rows = heads.flatMap((head) => {
    const first = from;
    from += Math.max(...head) + 1;
    return head.map((row) => (row < 0 ? -1 : first + row));
  });
  return [...rows, ...Array<number>(interfacePad - rows.length).fill(-1)];
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
