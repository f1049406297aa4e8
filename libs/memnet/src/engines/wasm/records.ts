/**
 * What is kept of one sequence at one time for the way back, its record, and what is carried from a time to the one
 * before, its carry: offsets and sizes in bytes.
 */

import { offsets, padded } from "./offsets.ts";
import type { Sizes } from "./sizes.ts";

/** A cache line. */
export const lineBytes = 64;
/** A head's part of a record begins with its strength, its gates or gate and sharpening, and the length of its key. */
const scalarBytes = 16;

export function recordsOf(sizes: Sizes) {
  const { width, reads, writes, shifts, slotsPad, stride } = sizes;
  const isDnc = sizes.isDnc === 1;
  const linkSize = slotsPad * slotsPad;
  const head = offsets(
    {
      headShift: padded(shifts, 4),
      headCosine: slotsPad,
      headContent: slotsPad,
      headShifted: slotsPad,
      headLogs: slotsPad,
      headWeights: slotsPad,
    },
    scalarBytes,
  );
  const writeHead = offsets(
    {
      writeCosine: slotsPad,
      writeContent: slotsPad,
      writeAllocation: slotsPad,
      writeSeen: slotsPad,
      writeOrder: slotsPad,
      writeWeights: slotsPad,
      writePrecedence: slotsPad,
      writeLink: linkSize,
    },
    scalarBytes,
  );
  const readHead = offsets(
    {
      readMode: padded(2 * writes + 1, 4),
      readCosine: slotsPad,
      readContent: slotsPad,
      readWeights: slotsPad,
      readForwardWeights: writes * slotsPad,
      readBackwardWeights: writes * slotsPad,
    },
    scalarBytes,
  );
  const writeHeadBytes = isDnc ? writeHead.end : head.end;
  const readHeadBytes = isDnc ? readHead.end : head.end;
  // A record begins with the memory, and a carry with its gradient.
  const memoryBytes = 4 * width * stride;
  const record = offsets(
    {
      norms: slotsPad,
      usage: isDnc ? slotsPad : 0,
      writeHeads: (writes * writeHeadBytes) / 4,
      readHeads: (reads * readHeadBytes) / 4,
    },
    memoryBytes,
  );
  const carry = offsets(
    {
      carryAlong: slotsPad,
      carryWriteWeights: writes * slotsPad,
      carryReadWeights: reads * slotsPad,
      carryUsage: isDnc ? slotsPad : 0,
      carryPrecedence: isDnc ? writes * slotsPad : 0,
      carryLink: isDnc ? writes * linkSize : 0,
    },
    memoryBytes,
  );
  return {
    ...{ ...head.at, ...writeHead.at, ...readHead.at, ...record.at, ...carry.at },
    ...{ writeHeadBytes, readHeadBytes },
    recordBytes: padded(record.end, lineBytes),
    carryBytes: padded(carry.end, lineBytes),
  };
}
