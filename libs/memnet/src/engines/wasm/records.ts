/**
 * A record, which is kept of one sequence at one time for the backward pass, and a carry, the gradients of the state
 * that go from a time to the one before: offsets and sizes in bytes.
 */

import { offsets, padded } from "./offsets.ts";
import type { Sizes } from "./sizes.ts";

/** A cache line. */
export const lineBytes = 64;
/** A head's part of a record begins with its strength, two numbers of gates and sharpening, and the length of its key. */
const scalarBytes = 16;

export function recordsOf(sizes: Sizes) {
  const { isDnc, masked, deallocate, sharpens } = sizes;
  const { width, reads, writes, shifts, slotBytes, strideBytes, linkBytes, widthBytes } = sizes;
  const slots = slotBytes / 4;
  const dnc = (floats: number) => isDnc * floats;
  const mask = masked * (widthBytes / 4);
  const head = offsets(
    {
      ...{ headCosine: slots, headContent: slots, headWeights: slots },
      ...{ headMask: mask, headMaskedKey: mask, headLengths: masked * slots },
    },
    scalarBytes,
  );
  const ntmHead = offsets({ headShift: padded(shifts, 4), headShifted: slots, headLogs: slots }, head.end);
  const writeOnly = { writeAllocation: slots, writeSeen: slots, writeOrder: slots, writePrecedence: slots };
  const writeHead = offsets({ ...writeOnly, writeLink: linkBytes / 4 }, head.end);
  const ways = { readForwardWeights: writes * slots, readBackwardWeights: writes * slots };
  const rawWays = {
    ...{ readExponents: sharpens * 4 },
    ...{ readForwardRaw: sharpens * writes * slots, readForwardLogs: sharpens * writes * slots },
    ...{ readBackwardRaw: sharpens * writes * slots, readBackwardLogs: sharpens * writes * slots },
  };
  const readHead = offsets({ readMode: padded(2 * writes + 1, 4), ...ways, ...rawWays }, head.end);
  const writeHeadBytes = isDnc === 1 ? writeHead.end : ntmHead.end;
  const readHeadBytes = isDnc === 1 ? readHead.end : ntmHead.end;
  const heads = { writeHeads: (writes * writeHeadBytes) / 4, readHeads: (reads * readHeadBytes) / 4 };
  // A record begins with the memory, and a carry with its gradient.
  const memoryBytes = width * strideBytes;
  const record = offsets(
    { norms: slots, usage: dnc(slots), retention: deallocate * slots, ...heads },
    memoryBytes,
  );
  const carry = offsets(
    {
      ...{ carryAlong: slots, carryWriteWeights: writes * slots, carryReadWeights: reads * slots },
      ...{
        carryUsage: dnc(slots),
        carryPrecedence: dnc(writes * slots),
        carryLink: dnc((writes * linkBytes) / 4),
      },
    },
    memoryBytes,
  );
  return {
    ...{ ...head.at, ...ntmHead.at, ...writeHead.at, ...readHead.at, ...record.at, ...carry.at },
    ...{ writeHeadBytes, readHeadBytes },
    recordBytes: padded(record.end, lineBytes),
    carryBytes: padded(carry.end, lineBytes),
  };
}
