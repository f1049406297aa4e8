/**
 * One memory access of a DNC: free, allocate, write, link, read. docs/model.md §6.7.
 *
 * Fields: write head key, erase, add, [strength, allocation gate, write gate, −], mask; read head key, mask, strength, free
 * gate, modes (backward of each write head, forward, content), sharpening of the ways backward and forward. Masks and
 * sharpening are there if the model has them. A head's record begins with its activated strength and gates, and |k|.
 */

import { contentBackward, contentForward, keyAndReadBackward, keyBackward, length, lengths } from "../content";
import { logisticBackward, softmaxFew, softmaxFewBackward } from "../fields";
import { maskedAndReadBackward, maskedBackward, maskedForward } from "../mask";
import { logistic, softplus } from "../math";
import {
  carryAlong, carryReadWeights, carryUsage, carryWriteWeights, dAllocation, dBackward, dContent, deallocate, dForward,
  dSeen, dWeightsNow, headContent, headScratch, headWeights, masked, norms, readBackwardLogs, readBackwardRaw,
  readBackwardWeights, readExponents, readFieldBytes, readForwardLogs, readForwardRaw, readForwardWeights, readHead,
  readMode, reads, readScalars, sharpens, slotBytes, usage, widthBytes, writeAllocation, writeFieldBytes, writeHead,
  writeMask, writeOrder, writes, writeSeen,
} from "../plan";
import { readBackward, readForward } from "../read";
import { sharpenBackward, sharpenForward } from "../sharpen";
import { at, clearFew, copyFew, dot, each, laneSum, mulAdd } from "../vector";
import { writeBackward, writeForward } from "../write";
import { allocationBackward, allocationForward } from "./allocation";
import { keptBackward, keptBy } from "./deallocation";
import { followLink, followLinkBackward, linkBackward, linkForward } from "./link";
import { usageBackward, usageForward } from "./usage";

/** Initial state is 0, as the record already is; only the lengths of slots are not. */
export function dncInitial(record: usize): void {
  lengths(record);
}

/** Usage as a write head sees it: with what the heads before it claimed. */
// @ts-ignore: decorator
@inline function seenBy(record: usize, head: i32): usize {
  return head == 0 ? record + usage : writeHead(record, head) + writeSeen;
}

/**
 * @param before the record of the time before
 * @param after  the record of this time
 * @param z      fields; erase vectors are activated in place
 * @param read   r_t
 */
export function dncForward(before: usize, after: usize, z: usize, read: usize): void {
  const readFields = z + <usize>writes * writeFieldBytes;
  for (let head = 0; head < reads; head++) {
    const key = readFields + <usize>head * readFieldBytes;
    const record = readHead(after, head);
    const raw = at(key + readScalars);
    store<f32>(record, 1 + f32x4.extract_lane(softplus(raw), 0));
    store<f32>(record, f32x4.extract_lane(logistic(raw), 1), 4);
  }
  usageForward(before, after);
  for (let head = 0; head < writes; head++) writeWeightsForward(before, after, z + <usize>head * writeFieldBytes, head);
  writeForward(keptBy(before, after), after, z);
  for (let head = 0; head < writes; head++) linkForward(writeHead(before, head), writeHead(after, head));
  for (let head = 0; head < reads; head++) {
    readWeightsForward(before, after, readFields + <usize>head * readFieldBytes, head);
    readForward(after, readHead(after, head), read + <usize>head * widthBytes);
  }
}

/**
 * Content weights of a head for a record's memory.
 *
 * @param mask the head's mask, which is only there if heads are masked
 */
function lookUp(record: usize, key: usize, mask: usize, head: usize): void {
  if (masked) return maskedForward(record, key, mask, head);
  store<f32>(head, length(key), 12);
  contentForward(record, record + norms, key, head);
}

/** docs/model.md §6.4. */
function writeWeightsForward(before: usize, after: usize, fields: usize, head: i32): void {
  const record = writeHead(after, head);
  for (let o: usize = widthBytes; o < 2 * widthBytes; o += 16) v128.store(fields + o, logistic(at(fields + o)));
  const raw = at(fields + 3 * widthBytes);
  const gates = logistic(raw);
  const allocationGate = f32x4.extract_lane(gates, 1);
  const writeGate = f32x4.extract_lane(gates, 2);
  store<f32>(record, 1 + f32x4.extract_lane(softplus(raw), 0));
  store<f32>(record, allocationGate, 4);
  store<f32>(record, writeGate, 8);
  lookUp(before, fields, fields + writeMask, record);
  const seen = seenBy(after, head);
  allocationForward(seen, record + writeOrder, record + writeAllocation);
  const claim = f32x4.splat(writeGate * allocationGate);
  const rest = f32x4.splat(writeGate * (1 - allocationGate));
  const next = head + 1 < writes ? seenBy(after, head + 1) : 0;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const claimed = f32x4.mul(claim, at(record + writeAllocation + o));
    v128.store(record + headWeights + o, mulAdd(rest, at(record + headContent + o), claimed));
    if (next != 0) {
      const u = at(seen + o);
      v128.store(next + o, mulAdd(f32x4.sub(f32x4.splat(1), u), claimed, u));
    }
  }
}

/** docs/model.md §6.6. */
function readWeightsForward(before: usize, after: usize, key: usize, head: i32): void {
  const record = readHead(after, head);
  lookUp(after, key, key + widthBytes, record);
  const modes = record + readMode;
  const rawModes = key + readScalars + 8;
  softmaxFew(rawModes, modes, 2 * writes + 1);
  const forwardModes = modes + ((<usize>writes) << 2);
  const toForward = record + (sharpens ? readForwardRaw : readForwardWeights);
  const toBackward = record + (sharpens ? readBackwardRaw : readBackwardWeights);
  for (let j = 0; j < writes; j++) {
    const row = <usize>j * slotBytes;
    followLink(
      writeHead(after, j), readHead(before, head) + headWeights, toForward + row, toBackward + row,
    );
  }
  if (sharpens) sharpenWays(record, rawModes + modesBytes());
  const byContent = each(modes + ((<usize>writes) << 3));
  for (let o: usize = 0; o < slotBytes; o += 16) {
    let sum = f32x4.mul(byContent, at(record + headContent + o));
    for (let j = 0; j < writes; j++) {
      const row = <usize>j * slotBytes + o;
      const mode = (<usize>j) << 2;
      sum = mulAdd(each(modes + mode), at(record + readBackwardWeights + row), sum);
      sum = mulAdd(each(forwardModes + mode), at(record + readForwardWeights + row), sum);
    }
    v128.store(record + headWeights + o, sum);
  }
}

// @ts-ignore: decorator
@inline function modesBytes(): usize {
  return (<usize>(2 * writes + 1)) << 2;
}

/**
 * Sharpens a read head's ways along all links, docs/model.md §6.10.
 *
 * @param raw the two fields
 */
function sharpenWays(record: usize, raw: usize): void {
  const backward: f32 = 1 + f32x4.extract_lane(softplus(each(raw)), 0);
  const forward: f32 = 1 + f32x4.extract_lane(softplus(each(raw + 4)), 0);
  store<f32>(record + readExponents, backward);
  store<f32>(record + readExponents, forward, 4);
  for (let row: usize = 0; row < <usize>writes * slotBytes; row += slotBytes) {
    const way = record + row;
    sharpenForward(way + readBackwardRaw, backward, way + readBackwardLogs, way + readBackwardWeights);
    sharpenForward(way + readForwardRaw, forward, way + readForwardLogs, way + readForwardWeights);
  }
}

/**
 * @param dz    where the gradient of the raw fields goes
 * @param dRead dr_t
 * @param carry gradients of the state after this time, replaced by those of the state before it
 */
export function dncBackward(before: usize, after: usize, z: usize, dz: usize, dRead: usize, carry: usize): void {
  const readFields = <usize>writes * writeFieldBytes;
  clearFew(carry + carryWriteWeights, <usize>writes * slotBytes);
  for (let head = 0; head < reads; head++) {
    const from = readFields + <usize>head * readFieldBytes;
    readWeightsBackward(before, after, z + from, dz + from, dRead + <usize>head * widthBytes, carry, head);
  }
  for (let head = 0; head < writes; head++) linkBackward(writeHead(before, head), writeHead(after, head), carry, head);
  writeBackward(keptBy(before, after), after, z, dz, carry);
  if (deallocate) keptBackward(before, after, carry);
  clearFew(carry + carryAlong, slotBytes);
  clearFew(dSeen, slotBytes);
  for (let head = writes - 1; head >= 0; head--) {
    const from = <usize>head * writeFieldBytes;
    writeWeightsBackward(before, after, z + from, dz + from, carry, head);
  }
  for (let o: usize = 0; o < slotBytes; o += 16) {
    v128.store(carry + carryUsage + o, f32x4.add(at(carry + carryUsage + o), at(dSeen + o)));
  }
  const dFree = headScratch + ((<usize>reads) << 5);
  usageBackward(before, after, carry, dFree);
  for (let head = 0; head < reads; head++) {
    const scalars = dz + readFields + <usize>head * readFieldBytes + readScalars;
    const free = load<f32>(readHead(after, head), 4);
    store<f32>(scalars, load<f32>(dFree + ((<usize>head) << 2)) * free * (1 - free), 4);
  }
}

/** Backward through `readWeightsForward` and the reading, docs/model.md §6.6 and §4.3. */
function readWeightsBackward(
  before: usize, after: usize, key: usize, dKey: usize, dRead: usize, carry: usize, head: i32,
): void {
  const record = readHead(after, head);
  const carried = carry + carryReadWeights + <usize>head * slotBytes;
  // The gradient of w_t moves out of the carry, where that of w_{t−1} is added up.
  copyFew(dWeightsNow, carried, slotBytes);
  clearFew(carried, slotBytes);
  readBackward(after, dRead, dWeightsNow);

  const modes = record + readMode;
  const forwardModes = (<usize>writes) << 2;
  const contentMode = (<usize>writes) << 3;
  const dModes = headScratch;
  const exponents = record + readExponents;
  let dBackwardExponent: f32 = 0, dForwardExponent: f32 = 0;
  for (let j = 0; j < writes; j++) {
    const row = <usize>j * slotBytes;
    const mode = (<usize>j) << 2;
    store<f32>(dModes + mode, dot(dWeightsNow, record + readBackwardWeights + row, slotBytes));
    store<f32>(dModes + mode + forwardModes, dot(dWeightsNow, record + readForwardWeights + row, slotBytes));
    const backward = each(modes + mode);
    const forward = each(modes + mode + forwardModes);
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const d = at(dWeightsNow + o);
      v128.store(dBackward + o, f32x4.mul(backward, d));
      v128.store(dForward + o, f32x4.mul(forward, d));
    }
    if (sharpens) {
      const way = record + row;
      dBackwardExponent += sharpenBackward(
        way + readBackwardRaw, load<f32>(exponents), way + readBackwardLogs, way + readBackwardWeights, dBackward, dBackward,
      );
      dForwardExponent += sharpenBackward(
        way + readForwardRaw, load<f32>(exponents, 4), way + readForwardLogs, way + readForwardWeights, dForward, dForward,
      );
    }
    followLinkBackward(writeHead(after, j), carry, j, readHead(before, head) + headWeights, carried);
  }
  store<f32>(dModes + contentMode, dot(dWeightsNow, record + headContent, slotBytes));
  const dRawModes = dKey + readScalars + 8;
  softmaxFewBackward(modes, dModes, dRawModes, 2 * writes + 1);
  if (sharpens) {
    const raw = key + readScalars + 8 + modesBytes();
    store<f32>(dRawModes + modesBytes(), dBackwardExponent * f32x4.extract_lane(logistic(each(raw)), 0));
    store<f32>(dRawModes + modesBytes(), dForwardExponent * f32x4.extract_lane(logistic(each(raw + 4)), 0), 4);
  }

  const byContent = each(modes + contentMode);
  for (let o: usize = 0; o < slotBytes; o += 16) v128.store(dContent + o, f32x4.mul(byContent, at(dWeightsNow + o)));
  let dStrength: f32;
  if (masked) {
    dStrength = maskedAndReadBackward(after, record, key, dKey, dKey + widthBytes, carry, dRead);
  } else {
    dStrength = contentBackward(after + norms, record, carry + carryAlong);
    keyAndReadBackward(after, record, key, dKey, carry, dRead);
  }
  store<f32>(dKey + readScalars, dStrength * f32x4.extract_lane(logistic(at(key + readScalars)), 0));
}

/**
 * Backward through `writeWeightsForward`, docs/model.md §6.4. dSeen holds du of the usage that the next head sees, 0 for
 * the last head; it is replaced by that of the usage that this head sees.
 */
function writeWeightsBackward(before: usize, after: usize, fields: usize, dFields: usize, carry: usize, head: i32): void {
  const record = writeHead(after, head);
  const dWeights = carry + carryWriteWeights + <usize>head * slotBytes;
  const seen = seenBy(after, head);
  const allocationGate = load<f32>(record, 4);
  const writeGate = load<f32>(record, 8);
  const one = f32x4.splat(1);
  const claim = f32x4.splat(writeGate * allocationGate);
  const rest = f32x4.splat(writeGate * (1 - allocationGate));
  let byAllocation = f32x4.splat(0), byContent = byAllocation, byClaim = byAllocation;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const dw = at(dWeights + o);
    const a = at(record + writeAllocation + o);
    byAllocation = mulAdd(dw, a, byAllocation);
    byContent = mulAdd(dw, at(record + headContent + o), byContent);
    const du = at(dSeen + o);
    const dClaim = f32x4.mul(du, f32x4.sub(one, at(seen + o)));
    byClaim = mulAdd(dClaim, a, byClaim);
    v128.store(dAllocation + o, f32x4.mul(claim, f32x4.add(dw, dClaim)));
    v128.store(dContent + o, f32x4.mul(rest, dw));
    v128.store(dSeen + o, f32x4.mul(du, f32x4.sub(one, f32x4.mul(claim, a))));
  }
  allocationBackward(seen, record + writeOrder, dAllocation, dSeen);
  let dStrength: f32;
  if (masked) {
    dStrength = maskedBackward(before, record, fields, dFields, dFields + writeMask, carry);
  } else {
    dStrength = contentBackward(before + norms, record, carry + carryAlong);
    keyBackward(before, record, fields, dFields, carry);
  }
  const viaAllocation = laneSum(byAllocation), viaContent = laneSum(byContent), viaClaim = laneSum(byClaim);
  const dAllocationGate = writeGate * (viaAllocation - viaContent + viaClaim);
  const dWriteGate = allocationGate * (viaAllocation + viaClaim) + (1 - allocationGate) * viaContent;
  const scalars = dFields + 3 * widthBytes;
  store<f32>(scalars, dStrength * f32x4.extract_lane(logistic(at(fields + 3 * widthBytes)), 0));
  store<f32>(scalars, dAllocationGate * allocationGate * (1 - allocationGate), 4);
  store<f32>(scalars, dWriteGate * writeGate * (1 - writeGate), 8);
  logisticBackward(fields + widthBytes, dFields + widthBytes, widthBytes);
}
