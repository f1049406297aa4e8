/** Messages on a byte stream: each a frame of a JSON header and a body, with their lengths before them. Pure. */

/** Two little-endian 32-bit numbers: the bytes of the header, and of the body. */
const prefixBytes = 8;
/** A subject, a reply and some words. */
const headerBytesMax = 4096;

export interface Frame {
  readonly header: unknown;
  readonly body: Uint8Array;
}

/** The chunks of one frame, to be written one after the other. */
export function framed(header: unknown, body: Uint8Array): [head: Uint8Array, body: Uint8Array] {
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.allocUnsafe(prefixBytes + text.length);
  head.writeUInt32LE(text.length, 0);
  head.writeUInt32LE(body.length, 4);
  text.copy(head, prefixBytes);
  return [head, body];
}

/** Cuts a stream into frames. */
export class FrameReader {
  private readonly bodyBytesMax: number;
  private chunks: Uint8Array[] = [];
  private length = 0;
  /** Bytes of the frame under way; those of its prefix until that is read. */
  private wanted = prefixBytes;

  constructor(bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
  }

  /**
   * Takes the stream's next bytes.
   *
   * @returns the frames that they complete
   * @throws RangeError if a frame is longer than any message, SyntaxError if a header is not JSON
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
