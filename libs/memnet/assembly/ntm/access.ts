/**
 * One memory access of an NTM: the write heads address M_{t−1} and write, then the read heads address M_t and read.
 *
 * docs/model.md §5.3.
 * arXiv 1410.5401, section 3. Fields: write head key, erase, add, [strength, gate, sharpen, −], shift; read head
 * key, [strength, gate, sharpen, −], shift.
 */

import { keyAndReadBackward, keyBackward, lengths } from "../content";
import { logisticBackward, tanhBackward } from "../fields";
import { logistic, tanh } from "../math";
import {
  carryAlong, carryReadWeights, carryWriteWeights, headScratch, headWeights, norms, readFields, readHeadBytes,
  readHeads, reads, scratch, slots, slotsPad, stride, width, widthPad, writeFields, writeHeadBytes, writeHeads,
  writes,
} from "../plan";
import { readBackward, readForward } from "../read";
import { at, clearFew } from "../vector";
import { writeBackward, writeForward } from "../write";
import { addressBackward, addressForward } from "./addressing";

/** M_0 = 1e-6 everywhere, weights one-hot on slot 0; r_0 from them. The record is all zeros before. */
export function ntmInitial(record: usize, read: usize): void {
  for (let w = 0; w < width; w++) {
    for (let n = 0; n < slots; n++) store<f32>(record + ((<usize>(w * stride + n)) << 2), 1e-6);
  }
  lengths(record, record + norms);
  for (let head = 0; head < writes; head++) {
    store<f32>(record + writeHeads + <usize>head * writeHeadBytes + headWeights, 1);
  }
  for (let head = 0; head < reads; head++) {
    const weights = record + readHeads + <usize>head * readHeadBytes + headWeights;
    store<f32>(weights, 1);
    readForward(record, weights, read + ((<usize>(head * widthPad)) << 2));
  }
}

/**
 * @param before the record of the time before, `after` this one's
 * @param z      fields, which keys, erase and add replace by what they become
 * @param read   r_t
 */
export function ntmForward(before: usize, after: usize, z: usize, read: usize): void {
  const bytes = (<usize>widthPad) << 2;
  const fieldBytes = (<usize>writeFields) << 2;
  for (let head = 0; head < writes; head++) {
    const fields = z + <usize>head * fieldBytes;
    for (let o: usize = bytes; o < 2 * bytes; o += 16) v128.store(fields + o, logistic(at(fields + o)));
    for (let o: usize = 2 * bytes; o < 3 * bytes; o += 16) v128.store(fields + o, tanh(at(fields + o)));
    const place = writeHeads + <usize>head * writeHeadBytes;
    const scalars = fields + 3 * bytes;
    addressForward(
      before, before + norms, fields, scalars, scalars + 16, before + place + headWeights, after + place,
    );
  }
  writeForward(
    before, after, after + norms, after + writeHeads + headWeights, writeHeadBytes, z + bytes, z + 2 * bytes, fieldBytes,
  );
  z += <usize>writes * fieldBytes;
  for (let head = 0; head < reads; head++) {
    const place = readHeads + <usize>head * readHeadBytes;
    const scalars = z + bytes;
    addressForward(after, after + norms, z, scalars, scalars + 16, before + place + headWeights, after + place);
    readForward(after, after + place + headWeights, read);
    z += (<usize>readFields) << 2;
    read += bytes;
  }
}

/**
 * @param dz    where the gradient of the raw fields goes
 * @param dRead dr_t
 * @param carry dM_t and what of M_t is in it, dw_t of all heads; then those of t − 1
 */
export function ntmBackward(before: usize, after: usize, z: usize, dz: usize, dRead: usize, carry: usize): void {
  const bytes = (<usize>widthPad) << 2;
  const slotBytes = (<usize>slotsPad) << 2;
  const fieldBytes = (<usize>writeFields) << 2;
  const along = carry + carryAlong;
  const dProduct = scratch + slotBytes;
  const readFieldBytes = (<usize>readFields) << 2;
  for (let head = 0; head < reads; head++) {
    const from = <usize>writes * fieldBytes + <usize>head * readFieldBytes;
    const key = z + from;
    const scalars = key + bytes;
    const dKey = dz + from;
    const dScalars = dKey + bytes;
    const place = readHeads + <usize>head * readHeadBytes;
    const dWeights = carry + carryReadWeights + <usize>head * slotBytes;
    const dr = dRead + <usize>head * bytes;
    readBackward(after, dr, dWeights);
    addressBackward(
      after + norms, scalars, before + place + headWeights, after + place, dWeights, dScalars, dScalars + 16,
      dProduct, along,
    );
    keyAndReadBackward(
      after, carry, dProduct, key, load<f32>(after + place, 12), dKey, after + place + headWeights, dr,
    );
    tanhBackward(key, dKey, bytes);
  }
  writeBackward(
    before, after, carry, along, after + writeHeads + headWeights, writeHeadBytes, z + bytes, z + 2 * bytes, fieldBytes,
    carry + carryWriteWeights, slotBytes, dz + bytes, dz + 2 * bytes, headScratch,
  );
  clearFew(along, slotBytes);
  for (let head = 0; head < writes; head++) {
    const from = <usize>head * fieldBytes;
    const key = z + from;
    const scalars = key + 3 * bytes;
    const dKey = dz + from;
    const dScalars = dKey + 3 * bytes;
    const place = writeHeads + <usize>head * writeHeadBytes;
    addressBackward(
      before + norms, scalars, before + place + headWeights, after + place,
      carry + carryWriteWeights + <usize>head * slotBytes, dScalars, dScalars + 16, dProduct, along,
    );
    keyBackward(before, carry, dProduct, key, load<f32>(after + place, 12), dKey);
    tanhBackward(key, dKey, bytes);
    logisticBackward(key + bytes, dKey + bytes, bytes);
    tanhBackward(key + 2 * bytes, dKey + 2 * bytes, bytes);
  }
}
