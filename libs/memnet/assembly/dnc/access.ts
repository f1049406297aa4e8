/**
 * One memory access of a DNC: free, allocate, write, link, read.
 *
 * docs/model.md §6.
 * Nature 538, Methods, "Interface parameters" onward. Fields: write head key, erase, add, [strength, allocation gate,
 * write gate, −]; read head key, strength, free gate, modes: backward of each write head, forward, content.
 */

import {
  contentBackward, contentForward, dStrength, keyAndReadBackward, keyBackward, length, lengths,
} from "../content";
import { logisticBackward, softmaxFew, softmaxFewBackward } from "../fields";
import { logistic, softplus } from "../math";
import {
  carryAlong, carryLink, carryPrecedence, carryReadWeights, carryUsage, carryWriteWeights, headScratch, norms,
  readBackwardWeights, readContent, readCosine, readFields, readForwardWeights, readHeadBytes, readHeads, readMode,
  readWeights, reads, scratch, slotsPad, usage, widthPad, writeAllocation, writeContent, writeCosine, writeFields,
  writeHeadBytes, writeHeads, writeLink, writeOrder, writePrecedence, writeSeen, writeWeights, writes,
} from "../plan";
import { readBackward, readForward } from "../read";
import { at, clearFew, copyFew, dot, each, laneSum, mulAdd } from "../vector";
import { writeBackward, writeForward } from "../write";
import { allocationBackward, allocationForward } from "./allocation";
import { followLink, followLinkBackward, linkBackward, linkForward } from "./link";
import { usageBackward, usageForward } from "./usage";

/** All zeros, as the record is before; only lengths are not. */
export function dncInitial(record: usize): void {
  lengths(record, record + norms);
}

/** Usage as a write head sees it: with what the heads before it claimed. */
// @ts-ignore: decorator
@inline
function seenBy(record: usize, head: i32): usize {
  return head == 0 ? record + usage : record + writeHeads + <usize>head * writeHeadBytes + writeSeen;
}

/**
 * @param before the record of the time before, `after` this one's
 * @param z      fields; erase becomes σ(erase)
 * @param read   r_t
 */
export function dncForward(before: usize, after: usize, z: usize, read: usize): void {
  const bytes = (<usize>widthPad) << 2;
  const fieldBytes = (<usize>writeFields) << 2;
  const readFieldBytes = (<usize>readFields) << 2;
  const readFieldsAt = z + <usize>writes * fieldBytes;
  for (let head = 0; head < reads; head++) {
    const key = readFieldsAt + <usize>head * readFieldBytes;
    const record = after + readHeads + <usize>head * readHeadBytes;
    const raw = at(key + bytes);
    store<f32>(record, 1 + f32x4.extract_lane(softplus(raw), 0));
    store<f32>(record, f32x4.extract_lane(logistic(raw), 1), 4);
    store<f32>(record, length(key), 12);
  }
  usageForward(before, after);
  for (let head = 0; head < writes; head++) {
    writeWeightsForward(before, after, z + <usize>head * fieldBytes, head);
  }
  writeForward(
    before, after, after + norms, after + writeHeads + writeWeights, writeHeadBytes, z + bytes, z + 2 * bytes,
    fieldBytes,
  );
  for (let head = 0; head < writes; head++) {
    const place = writeHeads + <usize>head * writeHeadBytes;
    linkForward(
      before + place + writeLink, after + place + writeLink, before + place + writePrecedence,
      after + place + writePrecedence, after + place + writeWeights,
    );
  }
  for (let head = 0; head < reads; head++) {
    readWeightsForward(before, after, readFieldsAt + <usize>head * readFieldBytes, head);
    readForward(after, after + readHeads + <usize>head * readHeadBytes + readWeights, read + <usize>head * bytes);
  }
}

/** w = g_w (g_a a + (1 − g_a) c); the next head sees u + (1 − u) g_w g_a a. */
function writeWeightsForward(before: usize, after: usize, fields: usize, head: i32): void {
  const bytes = (<usize>widthPad) << 2;
  const record = after + writeHeads + <usize>head * writeHeadBytes;
  for (let o: usize = bytes; o < 2 * bytes; o += 16) v128.store(fields + o, logistic(at(fields + o)));
  const raw = at(fields + 3 * bytes);
  const gates = logistic(raw);
  const strength: f32 = 1 + f32x4.extract_lane(softplus(raw), 0);
  const allocationGate = f32x4.extract_lane(gates, 1);
  const writeGate = f32x4.extract_lane(gates, 2);
  const keyLength = length(fields);
  store<f32>(record, strength);
  store<f32>(record, allocationGate, 4);
  store<f32>(record, writeGate, 8);
  store<f32>(record, keyLength, 12);
  contentForward(before, before + norms, fields, keyLength, strength, record + writeCosine, record + writeContent);
  const seen = seenBy(after, head);
  allocationForward(seen, record + writeOrder, record + writeAllocation);
  const claim = f32x4.splat(writeGate * allocationGate);
  const rest = f32x4.splat(writeGate * (1 - allocationGate));
  const next = head + 1 < writes ? seenBy(after, head + 1) : 0;
  for (let o: usize = 0; o < (<usize>slotsPad) << 2; o += 16) {
    const claimed = f32x4.mul(claim, at(record + writeAllocation + o));
    v128.store(record + writeWeights + o, mulAdd(rest, at(record + writeContent + o), claimed));
    if (next != 0) {
      const u = at(seen + o);
      v128.store(next + o, mulAdd(f32x4.sub(f32x4.splat(1), u), claimed, u));
    }
  }
}

/** w = Σ_j (m_b,j b_j + m_f,j f_j) + m_c c */
function readWeightsForward(before: usize, after: usize, key: usize, head: i32): void {
  const place = readHeads + <usize>head * readHeadBytes;
  const record = after + place;
  const slotBytes = (<usize>slotsPad) << 2;
  const previous = before + place + readWeights;
  contentForward(
    after, after + norms, key, load<f32>(record, 12), load<f32>(record), record + readCosine, record + readContent,
  );
  const modes = record + readMode;
  softmaxFew(key + ((<usize>widthPad) << 2) + 8, modes, 2 * writes + 1);
  const forwardModes = modes + ((<usize>writes) << 2);
  for (let j = 0; j < writes; j++) {
    const row = <usize>j * slotBytes;
    followLink(
      after + writeHeads + <usize>j * writeHeadBytes + writeLink, previous, record + readForwardWeights + row,
      record + readBackwardWeights + row,
    );
  }
  const byContent = each(modes + ((<usize>writes) << 3));
  for (let o: usize = 0; o < slotBytes; o += 16) {
    let sum = f32x4.mul(byContent, at(record + readContent + o));
    for (let j = 0; j < writes; j++) {
      const row = <usize>j * slotBytes + o;
      const mode = (<usize>j) << 2;
      sum = mulAdd(each(modes + mode), at(record + readBackwardWeights + row), sum);
      sum = mulAdd(each(forwardModes + mode), at(record + readForwardWeights + row), sum);
    }
    v128.store(record + readWeights + o, sum);
  }
}

/**
 * @param dz    where the gradient of the raw fields goes
 * @param dRead dr_t
 * @param carry gradients of the state after this time, replaced by those of the state before it
 */
export function dncBackward(before: usize, after: usize, z: usize, dz: usize, dRead: usize, carry: usize): void {
  const bytes = (<usize>widthPad) << 2;
  const slotBytes = (<usize>slotsPad) << 2;
  const linkBytes = <usize>slotsPad * slotBytes;
  const fieldBytes = (<usize>writeFields) << 2;
  const readFieldBytes = (<usize>readFields) << 2;
  const readFieldsAt = <usize>writes * fieldBytes;
  const along = carry + carryAlong;
  clearFew(carry + carryWriteWeights, <usize>writes * slotBytes);
  for (let head = 0; head < reads; head++) {
    const from = readFieldsAt + <usize>head * readFieldBytes;
    readWeightsBackward(before, after, z + from, dz + from, dRead + <usize>head * bytes, carry, head);
  }
  for (let head = 0; head < writes; head++) {
    const place = writeHeads + <usize>head * writeHeadBytes;
    linkBackward(
      before + place + writeLink, before + place + writePrecedence, after + place + writeWeights,
      carry + carryLink + <usize>head * linkBytes, carry + carryPrecedence + <usize>head * slotBytes,
      carry + carryWriteWeights + <usize>head * slotBytes,
    );
  }
  writeBackward(
    before, after, carry, along, after + writeHeads + writeWeights, writeHeadBytes, z + bytes, z + 2 * bytes, fieldBytes,
    carry + carryWriteWeights, slotBytes, dz + bytes, dz + 2 * bytes, headScratch,
  );
  clearFew(along, slotBytes);
  // What the claims pass back to usage as earlier heads saw it.
  const dSeen = scratch + 4 * slotBytes;
  clearFew(dSeen, slotBytes);
  for (let head = writes - 1; head >= 0; head--) {
    const from = <usize>head * fieldBytes;
    writeWeightsBackward(before, after, z + from, dz + from, carry, dSeen, head);
  }
  for (let o: usize = 0; o < slotBytes; o += 16) {
    v128.store(carry + carryUsage + o, f32x4.add(at(carry + carryUsage + o), at(dSeen + o)));
  }
  const dFree = headScratch + ((<usize>reads) << 5);
  usageBackward(before, after, carry, dFree);
  for (let head = 0; head < reads; head++) {
    const scalars = dz + readFieldsAt + <usize>head * readFieldBytes + bytes;
    const free = load<f32>(after + readHeads + <usize>head * readHeadBytes, 4);
    store<f32>(scalars, load<f32>(dFree + ((<usize>head) << 2)) * free * (1 - free), 4);
  }
}

/** Backward through `readWeightsForward` and the reading, docs/model.md §6.6 and §4.3. */
function readWeightsBackward(
  before: usize, after: usize, key: usize, dKey: usize, dRead: usize, carry: usize, head: i32,
): void {
  const place = readHeads + <usize>head * readHeadBytes;
  const record = after + place;
  const bytes = (<usize>widthPad) << 2;
  const slotBytes = (<usize>slotsPad) << 2;
  const linkBytes = <usize>slotsPad * slotBytes;
  const carried = carry + carryReadWeights + <usize>head * slotBytes;
  const dContent = scratch;
  const dProduct = scratch + slotBytes;
  const dForward = scratch + 2 * slotBytes;
  const dBackward = scratch + 3 * slotBytes;
  // The gradient of w_t moves out of the carry, where that of w_{t−1} is to be added up.
  const dWeights = scratch + 5 * slotBytes;
  copyFew(dWeights, carried, slotBytes);
  clearFew(carried, slotBytes);
  readBackward(after, dRead, dWeights);

  const modes = record + readMode;
  const forwardModes = modes + ((<usize>writes) << 2);
  const dModes = headScratch;
  for (let j = 0; j < writes; j++) {
    const row = <usize>j * slotBytes;
    const mode = (<usize>j) << 2;
    store<f32>(dModes + mode, dot(dWeights, record + readBackwardWeights + row, slotBytes));
    store<f32>(dModes + mode + ((<usize>writes) << 2), dot(dWeights, record + readForwardWeights + row, slotBytes));
    const backward = each(modes + mode);
    const forward = each(forwardModes + mode);
    for (let o: usize = 0; o < slotBytes; o += 16) {
      const d = at(dWeights + o);
      v128.store(dBackward + o, f32x4.mul(backward, d));
      v128.store(dForward + o, f32x4.mul(forward, d));
    }
    followLinkBackward(
      after + writeHeads + <usize>j * writeHeadBytes + writeLink, carry + carryLink + <usize>j * linkBytes,
      before + place + readWeights, dForward, dBackward, carried,
    );
  }
  const contentMode = (<usize>writes) << 3;
  store<f32>(dModes + contentMode, dot(dWeights, record + readContent, slotBytes));
  softmaxFewBackward(modes, dModes, dKey + bytes + 8, 2 * writes + 1);

  const byContent = each(modes + contentMode);
  for (let o: usize = 0; o < slotBytes; o += 16) v128.store(dContent + o, f32x4.mul(byContent, at(dWeights + o)));
  const keyLength = load<f32>(record, 12);
  contentBackward(
    after + norms, keyLength, load<f32>(record), record + readCosine, record + readContent, dContent, dProduct,
    carry + carryAlong,
  );
  const slope = f32x4.extract_lane(logistic(at(key + bytes)), 0);
  store<f32>(dKey + bytes, dStrength * slope);
  keyAndReadBackward(after, carry, dProduct, key, keyLength, dKey, record + readWeights, dRead);
}

/**
 * Backward through `writeWeightsForward`, docs/model.md §6.4.
 *
 * @param dSeen du of what the next head sees, 0 for the last; replaced by that of what this head sees
 */
function writeWeightsBackward(
  before: usize, after: usize, fields: usize, dFields: usize, carry: usize, dSeen: usize, head: i32,
): void {
  const record = after + writeHeads + <usize>head * writeHeadBytes;
  const bytes = (<usize>widthPad) << 2;
  const slotBytes = (<usize>slotsPad) << 2;
  const dWeights = carry + carryWriteWeights + <usize>head * slotBytes;
  const dContent = scratch;
  const dProduct = scratch + slotBytes;
  const dAllocation = scratch + 2 * slotBytes;
  const seen = seenBy(after, head);
  const strength = load<f32>(record);
  const allocationGate = load<f32>(record, 4);
  const writeGate = load<f32>(record, 8);
  const keyLength = load<f32>(record, 12);
  const one = f32x4.splat(1);
  const claim = f32x4.splat(writeGate * allocationGate);
  const rest = f32x4.splat(writeGate * (1 - allocationGate));
  let byAllocation = f32x4.splat(0), byContent = byAllocation, byClaim = byAllocation;
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const dw = at(dWeights + o);
    const a = at(record + writeAllocation + o);
    byAllocation = mulAdd(dw, a, byAllocation);
    byContent = mulAdd(dw, at(record + writeContent + o), byContent);
    const du = at(dSeen + o);
    const dClaim = f32x4.mul(du, f32x4.sub(one, at(seen + o)));
    byClaim = mulAdd(dClaim, a, byClaim);
    v128.store(dAllocation + o, f32x4.mul(claim, f32x4.add(dw, dClaim)));
    v128.store(dContent + o, f32x4.mul(rest, dw));
    v128.store(dSeen + o, f32x4.mul(du, f32x4.sub(one, f32x4.mul(claim, a))));
  }
  allocationBackward(seen, record + writeOrder, dAllocation, dSeen);
  contentBackward(
    before + norms, keyLength, strength, record + writeCosine, record + writeContent, dContent, dProduct,
    carry + carryAlong,
  );
  const viaAllocation = laneSum(byAllocation), viaContent = laneSum(byContent), viaClaim = laneSum(byClaim);
  const dAllocationGate = writeGate * (viaAllocation - viaContent + viaClaim);
  const dWriteGate = allocationGate * (viaAllocation + viaClaim) + (1 - allocationGate) * viaContent;
  const scalars = dFields + 3 * bytes;
  store<f32>(scalars, dStrength * f32x4.extract_lane(logistic(at(fields + 3 * bytes)), 0));
  store<f32>(scalars, dAllocationGate * allocationGate * (1 - allocationGate), 4);
  store<f32>(scalars, dWriteGate * writeGate * (1 - writeGate), 8);
  keyBackward(before, carry, dProduct, fields, keyLength, dFields);
  logisticBackward(fields + bytes, dFields + bytes, bytes);
}
