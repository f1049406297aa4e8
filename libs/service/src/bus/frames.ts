/** Encodes messages on a byte stream. Each frame is a JSON header and a body, preceded by their two lengths. Pure. */

/** Size of the prefix: the byte lengths of header and body, as two little-endian 32-bit numbers. */
const prefixBytes = 8;
/** Ample for a header, which holds a subject, a reply subject and a few short fields. */
const headerBytesMax = 4096;

export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** Returns the chunks of one frame, to be written in this order. */
export function framed(header: unknown, body: Uint8Array): [head: Uint8Array, body: Uint8Array] {
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.allocUnsafe(prefixBytes + text.length);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(body.length, 4);
  text.copy(head, prefixBytes);
  return [head, body];
}

/** Splits a stream into frames. */
export class FrameReader {
  private readonly bodyBytesMax: number;
  private chunks: Uint8Array[] = [];
  private length = 0;
  /** Bytes needed to complete the current frame, or its prefix until that has been read. */
  private wanted = prefixBytes;

  constructor(bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @returns the frames that these bytes complete
   * @throws RangeError if a frame is longer than any valid message, SyntaxError if a header is not JSON
   */
  push(chunk: Uint8Array): Frame[] {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length < this.wanted) return [];
    const bytes = Buffer.concat(this.chunks, this.length);
    const frames: Frame[] = [];
    let at = 0;
    for (;;) {
      this.wanted = prefixBytes;
      if (bytes.length - at < prefixBytes) break;
      const [headerBytes, bodyBytes] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
      if (headerBytes > headerBytesMax || bodyBytes > this.bodyBytesMax) {
        throw new RangeError(
          `Cannot read a frame: its header must have at most ${headerBytesMax} bytes and its body at most ` +
            `${this.bodyBytesMax}, got ${headerBytes} and ${bodyBytes}`,
        );
      }
      this.wanted = prefixBytes + headerBytes + bodyBytes;
      if (bytes.length - at < this.wanted) break;
      const bodyAt = at + prefixBytes + headerBytes;
      frames.push({
        header: JSON.parse(bytes.toString("utf8", at + prefixBytes, bodyAt)),
        body: new Uint8Array(bytes.buffer, bytes.byteOffset + bodyAt, bodyBytes),
      });
      at += this.wanted;
    }
    this.chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    this.length = bytes.length - at;
    return frames;
  }
}
