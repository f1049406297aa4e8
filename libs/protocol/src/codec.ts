/**
 * Encodes messages. The layout is: four bytes with the header's length, the header (msgpack of [version, kind,
 * fields]), zeros up to a multiple of four, then the body unchanged. All numbers are little-endian.
 */

import { Packr } from "msgpackr";
import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import { bodyBytesMax, headerBytesMax, protocolVersion } from "./limits.ts";

/** A kind of message: its name on the wire and the schema of its fields. */
export interface MessageType<Fields> {
  readonly kind: string;
  readonly schema: z.ZodType<Fields>;
  /** The longest header; `headerBytesMax` of limits.ts if omitted. */
  readonly headerBytesMax?: number;
}

export interface Message<Fields> {
  readonly fields: Fields;
  readonly body: Uint8Array;
}

// Without msgpackr's records, each message can be decoded independently of the ones before it.
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true });
const empty = new Uint8Array(0);
const problemsShown = 5;
const envelope = z.tuple([z.int(), z.string(), z.unknown()]);

/**
 * Encodes a message.
 *
 * @param body at most `bodyBytesMax`; larger ones are announced as blobs
 * @throws RangeError if the header or the body is too long
 */
export function encode<Fields>(
  type: MessageType<Fields>,
  fields: Fields,
  body: Uint8Array = empty,
): Uint8Array {
  if (body.length > bodyBytesMax) {
    throw new RangeError(
      `Cannot send ${type.kind}: its body must be at most ${bodyBytesMax} bytes, got ${body.length}`,
    );
  }
  const header = packr.pack([protocolVersion, type.kind, fields]);
  const headerMax = type.headerBytesMax ?? headerBytesMax;
  if (header.length > headerMax) {
    throw new RangeError(
      `Cannot send ${type.kind}: its fields must fit ${headerMax} bytes, they take ${header.length}`,
    );
  }
  const start = bodyStart(header.length);
  const frame = new Uint8Array(start + body.length);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, 4);
  frame.set(body, start);
  return frame;
}

/**
 * Decodes a message.
 *
 * @throws ProtocolError if the bytes are not a message of this kind and version
 */
export function decode<Fields>(type: MessageType<Fields>, data: Uint8Array): Message<Fields> {
  if (data.length < 4)
    throw new ProtocolError("MALFORMED", `A message has at least 4 bytes, got ${data.length}`);
  const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
  const start = bodyStart(length);
  if (length > headerBytesMax || start > data.length) {
    throw new ProtocolError(
      "MALFORMED",
      `A header of ${length} bytes does not fit a message of ${data.length}`,
    );
  }
  const headerMax = type.headerBytesMax ?? headerBytesMax;
  if (length > headerMax) {
    throw new ProtocolError(
      "SIZE",
      `The header of ${type.kind} has at most ${headerMax} bytes, got ${length}`,
    );
  }
  if (data.length - start > bodyBytesMax) {
    throw new ProtocolError(
      "MALFORMED",
      `A body has at most ${bodyBytesMax} bytes, got ${data.length - start}`,
    );
  }
  let unpacked: unknown;
  try {
    unpacked = packr.unpack(data.subarray(4, 4 + length));
  } catch (cause) {
    throw new ProtocolError("MALFORMED", "The header is not msgpack", { cause });
  }
  const opened = envelope.safeParse(unpacked);
  if (!opened.success) throw new ProtocolError("MALFORMED", "The header is not [version, kind, fields]");
  const [version, kind, fields] = opened.data;
  if (version !== protocolVersion) {
    throw new ProtocolError("VERSION", `The protocol version must be ${protocolVersion}, got ${version}`);
  }
  if (kind !== type.kind) throw otherKind(type.kind, kind);
  const checked = type.schema.safeParse(fields);
  if (!checked.success) {
    // Shows only the first problems: malformed fields may have a hundred thousand.
    const issues = checked.error.issues.slice(0, problemsShown);
    throw new ProtocolError("SCHEMA", `${type.kind}: ${z.prettifyError({ issues }).slice(0, 500)}`);
  }
  return { fields: checked.data, body: data.subarray(start) };
}

export function otherKind(wanted: string, got: string): ProtocolError {
  return new ProtocolError("KIND", `The message must be ${wanted}, got ${got.slice(0, 64)}`);
}

/** Returns a body as float32, and copies it only if it is not aligned. */
export function floatsOf(body: Uint8Array): Float32Array {
  if (body.length % 4 !== 0) {
    throw new ProtocolError("MALFORMED", `A tensor's bytes are a multiple of 4, got ${body.length}`);
  }
  const aligned = body.byteOffset % 4 === 0 ? body : new Uint8Array(body);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function bodyStart(headerBytes: number): number {
  return 4 + Math.ceil(headerBytes / 4) * 4;
}
