/**
 * Encodes protocol buffers, and reads their fields. TensorBoard's files need eight small messages, so these functions are
 * less than a library and the code that it generates from TensorFlow's definitions.
 */

type Bytes = Uint8Array;

/** How a field's value is written; the number is the wire type. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Returns a message of fields. */
export function message(...fields: readonly Bytes[]): Bytes {
  return Buffer.concat(fields);
}

/** A field of type int32, int64, bool or an enumeration. @param value a whole number from 0 */
export function whole(field: number, value: number): Bytes {
  return Buffer.concat([key(field, wire.varint), varint(value)]);
}

export function double(field: number, value: number): Bytes {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([key(field, wire.fixed64), bytes]);
}

export function float(field: number, value: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([key(field, wire.fixed32), bytes]);
}

/** A field of type string, bytes or a message. */
export function bytes(field: number, value: string | Bytes): Bytes {
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([key(field, wire.bytes), varint(content.length), content]);
}

export interface Field {
  readonly field: number;
  /** The number of a varint; the bytes of any other field. */
  readonly value: number | Bytes;
}

/** Reads the fields of a message. @throws RangeError if it is none */
export function fieldsOf(content: Bytes): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = content[at++];
      if (byte === undefined || scale > 2 ** 49)
        throw new RangeError("Cannot read a message: it is cut short");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < content.length) {
    const begun = next();
    const field = Math.floor(begun / 8);
    const type = begun % 8;
    if (type === wire.varint) fields.push({ field, value: next() });
    else {
      const length = type === wire.bytes ? next() : type === wire.fixed64 ? 8 : 4;
      if (at + length > content.length) throw new RangeError("Cannot read a message: it is cut short");
      fields.push({ field, value: content.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

function key(field: number, type: number): Bytes {
  return varint(field * 8 + type);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Bytes {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  return Uint8Array.from([...digits, rest]);
}
