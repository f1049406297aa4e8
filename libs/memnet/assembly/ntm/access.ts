/**
 * One memory access of an NTM: the write heads address M_{t−1} and write, then the read heads address M_t and read.
 * docs/model.md §5.3.
 *
 * Fields: write head key, erase, add, [strength, gate, sharpen, −], shift; read head key, [strength, gate, sharpen, −],
 * shift.
 */

import { keyAndReadBackward, keyBackward, lengths } from "../content";
import { logisticBackward, tanhBackward } from "../fields";
import { logistic, tanh } from "../math";
import {
  carryAlong, carryReadWeights, carryWriteWeights, headWeights, readFieldBytes, readHead, reads, slotBytes,
  slots, strideBytes, width, widthBytes, writeFieldBytes, writeHead, writes,
} from "../plan";
import { readBackward, readForward } from "../read";
import { at, clearFew } from "../vector";
import { writeBackward, writeForward } from "../write";
import { addressBackward, addressForward } from "./addressing";

/** Fills in the initial state and r_0; the record is all zeros before. */
export function ntmInitial(record: usize, read: usize): void {
  for (let w: usize = 0; w < <usize>width; w++) {
    for (let n: usize = 0; n < <usize>slots; n++) store<f32>(record + w * strideBytes + (n << 2), 1e-6);
  }
  lengths(record);
  for (let head = 0; head < writes; head++) store<f32>(writeHead(record, head) + headWeights, 1);
  for (let head = 0; head < reads; head++) {
    store<f32>(readHead(record, head) + headWeights, 1);
    readForward(record, readHead(record, head), read + <usize>head * widthBytes);
  }
}

/**
 * @param before the record of the time before
 * @param after  the record of this time
 * @param z      fields; keys, erase and add vectors are activated in place
 * @param read   r_t
 */
export function ntmForward(before: usize, after: usize, z: usize, read: usize): void {
  const readFields = z + <usize>writes * writeFieldBytes;
  for (let head = 0; head < writes; head++) {
    const fields = z + <usize>head * writeFieldBytes;
    for (let o: usize = widthBytes; o < 2 * widthBytes; o += 16) v128.store(fields + o, logistic(at(fields + o)));
    for (let o: usize = 2 * widthBytes; o < 3 * widthBytes; o += 16) v128.store(fields + o, tanh(at(fields + o)));
    addressForward(before, fields, fields + 3 * widthBytes, writeHead(before, head), writeHead(after, head));
  }
  writeForward(before, after, z);
  for (let head = 0; head < reads; head++) {
    const key = readFields + <usize>head * readFieldBytes;
    addressForward(after, key, key + widthBytes, readHead(before, head), readHead(after, head));
    readForward(after, readHead(after, head), read + <usize>head * widthBytes);
  }
}

/**
 * @param dz    where the gradient of the raw fields goes
 * @param dRead dr_t
 * @param carry gradients of the state after this time, replaced by those of the state before it
 */
export function ntmBackward(before: usize, after: usize, z: usize, dz: usize, dRead: usize, carry: usize): void {
  for (let head = 0; head < reads; head++) {
    const from = <usize>writes * writeFieldBytes + <usize>head * readFieldBytes;
    const key = z + from;
    const dKey = dz + from;
    const record = readHead(after, head);
    const dWeights = carry + carryReadWeights + <usize>head * slotBytes;
    const dr = dRead + <usize>head * widthBytes;
    readBackward(after, dr, dWeights);
    addressBackward(
      after, key + widthBytes, dKey + widthBytes, readHead(before, head), record, dWeights, carry,
    );
    keyAndReadBackward(after, record, key, dKey, carry, dr);
    tanhBackward(key, dKey, widthBytes);
  }
  writeBackward(before, after, z, dz, carry);
  clearFew(carry + carryAlong, slotBytes);
  for (let head = 0; head < writes; head++) {
    const from = <usize>head * writeFieldBytes;
    const key = z + from;
    const dKey = dz + from;
    const record = writeHead(after, head);
    const dWeights = carry + carryWriteWeights + <usize>head * slotBytes;
    addressBackward(
      before, key + 3 * widthBytes, dKey + 3 * widthBytes, writeHead(before, head), record, dWeights, carry,
    );
    keyBackward(before, record, key, dKey, carry);
    tanhBackward(key, dKey, widthBytes);
    logisticBackward(key + widthBytes, dKey + widthBytes, widthBytes);
    tanhBackward(key + 2 * widthBytes, dKey + 2 * widthBytes, widthBytes);
  }
}
