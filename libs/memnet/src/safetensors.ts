/**
 * The format of the Python package `safetensors`, named tensors in one file: eight bytes with the header's length, a JSON
 * header, then the tensors' bytes, all little-endian.
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

/**
 * A tensor takes some hundred bytes of the header, and a file that memnet reads has few. The Python package admits 100
 * MB, whose parsing takes seconds and gigabytes.
 */
export const headerBytesMax = 1024 * 1024;

interface Dtype {
  readonly elementBytes: number;
  readonly read: (bytes: ArrayBuffer) => Tensor["data"];
}

/** The dtypes whose values float32 or float64 all has. */
const dtypes: Readonly<Record<string, Dtype>> = {
  F32: { elementBytes: 4, read: (bytes) => new Float32Array(bytes) },
  F64: { elementBytes: 8, read: (bytes) => new Float64Array(bytes) },
  F16: { elementBytes: 2, read: (bytes) => widened(bytes, float16Bits) },
  BF16: { elementBytes: 2, read: (bytes) => widened(bytes, (bits) => bits << 16) },
};

/** Advice for a file with another dtype. */
const conversion =
  "convert it in Python: from safetensors.torch import load_file, save_file; " +
  'save_file({name: tensor.float() for name, tensor in load_file("in.safetensors").items()}, "out.safetensors")';

/** The start of a file that was cloned without git-lfs. */
const lfsPointer = "version https://git-lfs.github.com/spec/v1";

/** How many of a header's problems a message names, and how many characters of a name. */
const problemsShown = 3;
const shownMax = 200;

/** Padding of the header with spaces aligns the tensors. */
const alignment = 8;

const headerEntry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/** Tensors keep the map's order. float64 ones should come first, so that all are aligned. */
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
    const dtype = data instanceof Float64Array ? "F64" : "F32";
    header[name] = { dtype, shape, data_offsets: [offset, end] };
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

/**
 * Decodes float16 and bfloat16 tensors as float32, which has all of their values.
 *
 * @throws RangeError if the bytes are not a whole safetensors file, or have tensors of another dtype than float16,
 *   bfloat16, float32 and float64
 */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  const { header, body } = cut(file);
  const found: { name: string; shape: readonly number[]; start: number; end: number; dtype: Dtype }[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = parse(z.record(z.string(), z.string()), value, name);
      continue;
    }
    const { dtype, shape, data_offsets } = parse(headerEntry, value, name);
    const known = Object.hasOwn(dtypes, dtype) ? dtypes[dtype] : undefined;
    if (!known) {
      const rule = `its dtype must be one of ${Object.keys(dtypes).join(", ")}`;
      throw damaged(`tensor ${brief(name)}: ${rule}, got ${brief(dtype)}; ${conversion}`);
    }
    const [start, end] = data_offsets;
    if (end - start !== elements(shape) * known.elementBytes || end > body.length) {
      throw damaged(
        `tensor ${brief(name)} of shape [${brief(shape.join())}] does not fit its bytes ${start} … ${end}`,
      );
    }
    found.push({ name, shape, start, end, dtype: known });
  }
  // Before any tensor is copied: a small file with overlapping tensors could otherwise take any amount of memory.
  const covered = [...found]
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .reduce((at, { start, end }) => (start === at ? end : Number.NaN), 0);
  if (covered !== body.length) {
    throw damaged(`its tensors must cover its ${body.length} bytes without a gap or an overlap`);
  }
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, start, end, dtype } of found) {
    // A copy, since typed arrays must be aligned. (A Buffer's slice would not copy.)
    const bytes = new Uint8Array(body.subarray(start, end)).buffer;
    tensors.set(name, { shape, data: dtype.read(bytes) });
  }
  return { tensors, metadata };
}

/** Widens 16-bit values by `bits32`, which maps their bits to those of a float32. */
function widened(bytes: ArrayBuffer, bits32: (bits: number) => number): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes), bits32).buffer);
}

/** float16 has a sign, 5 bits of exponent biased by 15, 10 of mantissa; float32 has 8 biased by 127, and 23. */
function float16Bits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 127 - 15) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // A subnormal is normal as float32: its highest bit becomes the implicit one.
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((127 - 14 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function cut(file: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (startsWith(file, lfsPointer)) {
    throw damaged(
      "it is a pointer of git-lfs and not the file itself; run `git lfs pull` where it was cloned",
    );
  }
  if (startsWith(file, "PK\x03\x04")) {
    const rule = "it is a zip archive, as torch.save() and numpy.savez() write";
    throw damaged(`${rule}; load it in Python and write it by safetensors.torch.save_file()`);
  }
  if (file.length < 8) throw damaged(`it has ${file.length} bytes, fewer than 8`);
  const headerBytes = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (8 + headerBytes > file.length) {
    throw damaged(`its header says ${headerBytes} bytes, and it has ${file.length} in all`);
  }
  if (headerBytes > headerBytesMax) {
    throw damaged(`its header must have at most ${headerBytesMax} bytes, got ${headerBytes}`);
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

function startsWith(file: Uint8Array, text: string): boolean {
  return [...text].every((letter, at) => letter.charCodeAt(0) === file[at]);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (!result.success) {
    const issues = result.error.issues.slice(0, problemsShown);
    throw damaged(`${brief(name)}: ${brief(z.prettifyError({ issues }))}`);
  }
  return result.data;
}

/** A text of the file for a message: a header has names and shapes of any length. */
function brief(text: string): string {
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}

function damaged(why: string, cause?: unknown): RangeError {
  return new RangeError(`Cannot read the safetensors file: ${why}`, { cause });
}
