/**
 * What is kept of one sequence at one time for the way back, its record, and what is carried from a time to the one
 * before, its carry: offsets and sizes in bytes.
 */

import { offsets, padded } from "./offsets.ts";
import type { Sizes } from "./sizes.ts";

/** A cache line. */
export const lineBytes = 64;

export function recordsOf(sizes: Sizes) {
  const { width, reads, writes, slotsPad, stride, shiftsPad, modesPad } = sizes;
  const isDnc = sizes.isDnc === 1;
  const slotBytes = 4 * slotsPad;
  const memoryBytes = 4 * width * stride;
  const linkBytes = slotsPad * slotBytes;
  const head = offsets([
    ["headScalars", 16],
    ["headShift", 4 * shiftsPad],
    ["headCosine", slotBytes],
    ["headContent", slotBytes],
    ["headShifted", slotBytes],
    ["headLog", slotBytes],
    ["headWeights", slotBytes],
  ]);
  const writeHead = offsets([
    ["writeScalars", 16],
    ["writeCosine", slotBytes],
    ["writeContent", slotBytes],
    ["writeAllocation", slotBytes],
    ["writeSeen", slotBytes],
    ["writeOrder", slotBytes],
    ["writeWeights", slotBytes],
    ["writePrecedence", slotBytes],
    ["writeLink", linkBytes],
  ]);
  const readHead = offsets([
    ["readScalars", 16],
    ["readModes", 4 * modesPad],
    ["readCosine", slotBytes],
    ["readContent", slotBytes],
    ["readWeights", slotBytes],
    ["readForward", writes * slotBytes],
    ["readBackward", writes * slotBytes],
  ]);
  const writeHeadBytes = isDnc ? writeHead.bytes : head.bytes;
  const readHeadBytes = isDnc ? readHead.bytes : head.bytes;
  const record = offsets([
    ["memory", memoryBytes],
    ["norms", slotBytes],
    ["usage", isDnc ? slotBytes : 0],
    ["writeHeads", writes * writeHeadBytes],
    ["readHeads", reads * readHeadBytes],
  ]);
  const carry = offsets([
    ["carryMemory", memoryBytes],
    ["carryAlong", slotBytes],
    ["carryWrites", writes * slotBytes],
    ["carryReads", reads * slotBytes],
    ["carryUsage", isDnc ? slotBytes : 0],
    ["carryPrecedence", isDnc ? writes * slotBytes : 0],
    ["carryLink", isDnc ? writes * linkBytes : 0],
  ]);
  const recordBytes = padded(record.bytes, lineBytes);
  const carryBytes = padded(carry.bytes, lineBytes);
  return {
    at: { ...head.at, ...writeHead.at, ...readHead.at, ...record.at, ...carry.at },
    ...{ recordBytes, carryBytes, writeHeadBytes, readHeadBytes },
  };
}
