/**
 * The safetensors format: named tensors in one file that the Python package `safetensors` reads as it is.
 *
 * Eight bytes with the header's length, a JSON header, then the tensors' bytes, all little-endian.
 */

import * as z from "zod";
import { bytesOf } from "./sha256.ts";

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The Python package's own bound on a header; a length beyond it is not a safetensors file. */
const headerBytesMax = 100_000_000;
const elementBytes = { F32: 4, F64: 8 } as const;
/** The header is padded with spaces so that tensors start aligned. */
const alignment = 8;

const headerEntry = z.object({
  dtype: z.enum(["F32", "F64"]),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/** Tensors lie in the map's order; float64 ones should come first, so that all lie aligned. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === "__metadata__" || name === "__proto__")
      throw new RangeError(`A tensor cannot be named ${name}`);
    if (elements(shape) !== data.length) {
      throw new RangeError(
        `Tensor ${name} of shape [${shape}] must have ${elements(shape)} elements, got ${data.length}`,
      );
    }
    const end = offset + data.byteLength;
    header[name] = {
      dtype: data instanceof Float64Array ? "F64" : "F32",
      shape,
      data_offsets: [offset, end],
    };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / alignment) * alignment;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(text, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    file.set(bytesOf(data), at);
    at += data.byteLength;
  }
  return file;
}

/** @throws RangeError where the bytes are not a whole safetensors file of float32 and float64 tensors */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  const { header, body } = cut(file);
  const tensors = new Map<string, Tensor>();
  let metadata: Record<string, string> = {};
  const places: (readonly [start: number, end: number])[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = parse(z.record(z.string(), z.string()), value, name);
      continue;
    }
    const { dtype, shape, data_offsets } = parse(headerEntry, value, name);
    const [start, end] = data_offsets;
    if (end - start !== elements(shape) * elementBytes[dtype] || end > body.length) {
      throw damaged(`tensor ${name} of shape [${shape}] does not fit its bytes ${start} … ${end}`);
    }
    // A copy, since the bytes may lie at any offset and typed arrays want them aligned. (A Buffer's slice is none.)
    const bytes = new Uint8Array(body.subarray(start, end)).buffer;
    tensors.set(name, { shape, data: dtype === "F64" ? new Float64Array(bytes) : new Float32Array(bytes) });
    places.push([start, end]);
  }
  const covered = places
    .sort(([a, aEnd], [b, bEnd]) => a - b || aEnd - bEnd)
    .reduce((at, [start, end]) => (start === at ? end : Number.NaN), 0);
  if (covered !== body.length) {
    throw damaged(`its tensors must cover its ${body.length} bytes without a gap or an overlap`);
  }
  return { tensors, metadata };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function cut(file: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (file.length < 8) throw damaged(`it has ${file.length} bytes, fewer than 8`);
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (headerBytes > headerBytesMax || 8 + headerBytes > file.length) {
    throw damaged(`its header says ${headerBytes} bytes, and it has ${file.length} in all`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, 8 + headerBytes)));
  } catch (cause) {
    throw damaged("its header is not JSON", cause);
  }
  return {
    header: parse(z.record(z.string(), z.unknown()), header, "the header"),
    body: file.subarray(8 + headerBytes),
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (!result.success) throw damaged(`${name}: ${z.prettifyError(result.error)}`);
  return result.data;
}

function damaged(why: string, cause?: unknown): RangeError {
  return new RangeError(`Cannot read the safetensors file: ${why}`, { cause });
}
