/** TFRecord files: each record has its length, and a checksum of each of both. */

import { maskedCrc32c } from "./crc32c.ts";

/** Eight bytes of length and four of its checksum. */
const headBytes = 12;
const tailBytes = 4;

/** Frames one record. */
export function record(content: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(headBytes + content.length + tailBytes);
  framed.writeBigUInt64LE(BigInt(content.length));
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(content, headBytes);
  framed.writeUInt32LE(maskedCrc32c(content), headBytes + content.length);
  return framed;
}

/** Yields the records of a file up to the first that is torn or damaged, where other readers stop too. */
export function* recordsIn(file: Uint8Array): Generator<Uint8Array> {
  const buffer = Buffer.from(file.buffer, file.byteOffset, file.length);
  for (let at = 0; at + headBytes + tailBytes <= buffer.length; ) {
    if (buffer.readUInt32LE(at + 8) !== maskedCrc32c(buffer.subarray(at, at + 8))) return;
    const from = at + headBytes;
    const to = from + Number(buffer.readBigUInt64LE(at));
    if (to + tailBytes > buffer.length) return;
    const content = buffer.subarray(from, to);
    if (buffer.readUInt32LE(to) !== maskedCrc32c(content)) return;
    yield content;
    at = to + tailBytes;
  }
}
