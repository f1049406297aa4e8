import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.ts";
import { flipped, fuzzDraws } from "./testing/fuzz.ts";

const small: Safetensors = {
  tensors: new Map([
    ["powers", { shape: [2], data: Float64Array.of(0.5, Number.NaN) }],
    ["kernel", { shape: [2, 3], data: Float32Array.of(1, -0, 2.5, Number.POSITIVE_INFINITY, 1e-45, 3) }],
    ["scalar", { shape: [], data: Float32Array.of(7) }],
    ["empty", { shape: [0, 4], data: new Float32Array(0) }],
  ]),
  metadata: { step: "5", text: 'ä → "quoted"\n' },
};
const file = encodeSafetensors(small);

/** A file with this header, and so many bytes behind it. */
function written(header: unknown, bodyBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + bodyBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function entry(start: number, end: number, shape = [(end - start) / 4], dtype = "F32"): unknown {
  return { dtype, shape, data_offsets: [start, end] };
}

function assertRefused(
  bytes: Uint8Array,
  what: string,
  message: RegExp = /^Cannot read the safetensors file: /,
): void {
  assert.throws(
    () => decodeSafetensors(bytes),
    (error: unknown) => error instanceof RangeError && message.test(error.message),
    what,
  );
}

test("decodeSafetensors() reads what encodeSafetensors() wrote", () => {
  const read = decodeSafetensors(file);
  assert.deepEqual(read.metadata, small.metadata);
  assert.deepEqual([...read.tensors], [...small.tensors]);
  assert.deepEqual(encodeSafetensors(read), file);
});

test("encodeSafetensors() starts tensors at a multiple of 8 and pads the header with spaces", () => {
  for (let length = 0; length < 9; length++) {
    const bytes = encodeSafetensors({ tensors: new Map(), metadata: { pad: "x".repeat(length) } });
    assert.equal(bytes.length % 8, 0);
    assert.match(new TextDecoder().decode(bytes.subarray(8)), /^\{.*\} *$/);
  }
});

test("decodeSafetensors() reads a file at any offset of its buffer, and leaves the tensors aligned", () => {
  for (let offset = 0; offset < 8; offset++) {
    const bytes = new Uint8Array(file.length + offset);
    bytes.set(file, offset);
    const read = decodeSafetensors(bytes.subarray(offset));
    assert.deepEqual([...read.tensors], [...small.tensors]);
    assert.deepEqual(decodeSafetensors(Buffer.from(bytes.subarray(offset))), read);
  }
});

test("decodeSafetensors() gives tensors of their own, not views of the file", () => {
  const bytes = file.slice();
  const read = decodeSafetensors(bytes);
  bytes.fill(0);
  assert.deepEqual([...read.tensors], [...small.tensors]);
});

test("decodeSafetensors() reads files without tensors or metadata", () => {
  assert.deepEqual(decodeSafetensors(written({}, 0)), { tensors: new Map(), metadata: {} });
  assert.deepEqual(
    decodeSafetensors(encodeSafetensors({ tensors: new Map(), metadata: {} })).tensors.size,
    0,
  );
});

test("decodeSafetensors() takes tensors in any order of the header", () => {
  const bytes = written({ b: entry(4, 12), none: entry(4, 4), a: entry(0, 4) }, 12);
  assert.deepEqual([...decodeSafetensors(bytes).tensors.keys()], ["b", "none", "a"]);
});

test("decodeSafetensors() refuses a file cut off at any byte", () => {
  for (let length = 0; length < file.length; length++)
    assertRefused(file.subarray(0, length), `${length} bytes`);
});

test("decodeSafetensors() refuses overlapping tensors before it copies any", () => {
  const bodyBytes = 8 * 1024 * 1024;
  const overlapping = Object.fromEntries(
    Array.from({ length: 4000 }, (_, index) => [`t${index}`, entry(0, bodyBytes)]),
  );
  const bytes = written(overlapping, bodyBytes);
  const before = process.memoryUsage().arrayBuffers;
  assertRefused(bytes, "4,000 tensors over the same bytes", /without a gap or an overlap/);
  const taken = process.memoryUsage().arrayBuffers - before;
  assert.ok(taken < bodyBytes, `took ${taken} bytes`);
});

test("decodeSafetensors() refuses a header above 1 MiB without parsing it", () => {
  assertRefused(
    written(`{}${" ".repeat(2 ** 20 - 1)}`, 0),
    "one byte more",
    /must have at most 1048576 bytes/,
  );
  assert.equal(decodeSafetensors(written(`{}${" ".repeat(2 ** 20 - 2)}`, 0)).tensors.size, 0);
});

test("decodeSafetensors() names only the beginning of what is wrong", () => {
  const long = "x".repeat(100_000);
  const shape = Array(100_000).fill(1);
  for (const header of [
    { [long]: 5 },
    { [long]: entry(0, 4, [2]) },
    { a: entry(0, 8, shape) },
    { a: entry(0, 4, [1], long) },
    { __metadata__: Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key${at}`, at])) },
  ]) {
    assert.throws(
      () => decodeSafetensors(written(header, 4)),
      ({ message }: Error) => message.length < 2000,
    );
  }
});

test("decodeSafetensors() refuses bytes too many", () => {
  const longer = new Uint8Array(file.length + 1);
  longer.set(file);
  assertRefused(longer, "one more", /must cover its \d+ bytes without a gap or an overlap/);
});

test("decodeSafetensors() refuses a header that does not describe the bytes", () => {
  const cases: Record<string, Uint8Array> = {
    "not JSON": written("{", 0),
    "not UTF-8": written({}, 0).fill(0xff, 8),
    "an array": written([], 0),
    "a number": written("5", 0),
    null: written("null", 0),
    "an entry that is none": written({ a: 5 }, 0),
    "no shape": written({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4),
    "another dtype": written({ a: entry(0, 4, [2], "I16") }, 4),
    "a dtype of Object's": written({ a: entry(0, 4, [1], "constructor") }, 4),
    "half a float16": written({ a: entry(0, 3, [1], "F16") }, 3),
    "a negative size": written({ a: entry(0, 4, [-1, -1]) }, 4),
    "half a size": written({ a: entry(0, 4, [0.5, 2]) }, 4),
    "a shape too large": written({ a: entry(0, 4, [2]) }, 4),
    "a shape beyond counting": written({ a: entry(0, 4, [2 ** 52, 2 ** 52, 2 ** 52]) }, 4),
    "Infinity times 0": written({ a: entry(0, 0, [...Array(40).fill(2 ** 52), 0]) }, 0),
    "an end before its start": written({ a: entry(8, 4, [1]) }, 8),
    "an end behind the file": written({ a: entry(0, 8) }, 4),
    "a gap": written({ a: entry(0, 4), b: entry(8, 12) }, 12),
    "a gap at the start": written({ a: entry(4, 8) }, 8),
    "an overlap": written({ a: entry(0, 8), b: entry(4, 12) }, 12),
    "an overlap that makes up for a gap": written({ a: entry(0, 8), b: entry(0, 8) }, 16),
    "metadata that is no text": written({ __metadata__: { step: 5 } }, 0),
    "a header's length beyond all": new Uint8Array(16).fill(0xff),
  };
  for (const [what, bytes] of Object.entries(cases)) assertRefused(bytes, what);
});

/** Every value of 16 bits, as a file has it and as it comes. */
function widenedAll(dtype: string): ArrayLike<number> {
  const bytes = written({ a: entry(0, 131_072, [65_536], dtype) }, 131_072);
  const view = new DataView(bytes.buffer, bytes.length - 131_072);
  for (let bits = 0; bits < 65_536; bits++) view.setUint16(bits * 2, bits, true);
  const { data } = decodeSafetensors(bytes).tensors.get("a")!;
  assert.ok(data instanceof Float32Array);
  return data;
}

/** What IEEE 754 says of a sign, an exponent and a mantissa of so many bits. */
function ieeeValue(bits: number, exponentBits: number, mantissaBits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * 2 ** (1 - bias) * fraction : sign * 2 ** (exponent - bias) * (1 + fraction);
}

for (const [dtype, exponentBits, mantissaBits] of [
  ["F16", 5, 10],
  ["BF16", 8, 7],
] as const) {
  test(`decodeSafetensors() widens each value of ${dtype} without loss`, () => {
    const read = widenedAll(dtype);
    for (let bits = 0; bits < 65_536; bits++) {
      const wanted = ieeeValue(bits, exponentBits, mantissaBits);
      assert.ok(Object.is(read[bits], wanted), `${dtype} ${bits}: ${read[bits]}, not ${wanted}`);
    }
  });
}

test("decodeSafetensors() names a tensor of another dtype, and how to convert it", () => {
  assertRefused(
    written({ "memory.key": entry(0, 8, [1], "I64") }, 8),
    "int64",
    /tensor memory\.key: its dtype must be one of F32, F64, F16, BF16, got I64; convert it in Python: from safetensors/,
  );
});

test("decodeSafetensors() explains what a file is that is not a safetensors file", () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 175920\n`;
  assertRefused(new TextEncoder().encode(pointer), "a pointer", /a pointer of git-lfs .* run `git lfs pull`/);
  assertRefused(
    new TextEncoder().encode("PK\x03\x04 and more"),
    "a zip archive",
    /a zip archive, as torch\.save/,
  );
});

test("decodeSafetensors() throws nothing but RangeError for any flipped bit of the header", () => {
  const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  for (let at = 0; at < headerEnd; at++) {
    for (let bit = 0; bit < 8; bit++) {
      try {
        decodeSafetensors(flipped(file, at, bit));
      } catch (error) {
        assert.ok(error instanceof RangeError, `byte ${at} bit ${bit}: ${error}`);
      }
    }
  }
});

test("decodeSafetensors() throws nothing but RangeError for damage of every kind", () => {
  const seed = 1;
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const draws = fuzzDraws(seed, round);
    const kind = draws.integer(0, 2);
    let bytes =
      kind === 0 ? new Uint8Array(draws.integer(1, 200)) : file.slice(0, draws.integer(1, file.length));
    if (kind === 2) bytes = file.slice();
    for (let change = draws.integer(1, 8); change > 0; change--) {
      bytes[draws.integer(0, bytes.length - 1)] = draws.integer(0, 255);
    }
    // Random bytes seldom get past the header's length: give some a length that fits.
    if (kind === 0 && bytes.length >= 8 && draws.bit()) {
      new DataView(bytes.buffer).setBigUint64(0, BigInt(draws.integer(0, bytes.length)), true);
    }
    try {
      decodeSafetensors(bytes);
    } catch (error) {
      assert.ok(error instanceof RangeError, `seed ${seed} round ${round}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > 1500, `refused ${refused}`);
});

test("encodeSafetensors() refuses what it could not read again", () => {
  const data = new Float32Array(6);
  for (const name of ["__metadata__", "__proto__"]) {
    const tensors = new Map([[name, { shape: [6], data }]]);
    assert.throws(() => encodeSafetensors({ tensors, metadata: {} }), RangeError, name);
  }
  const tensors = new Map([["a", { shape: [2, 2], data }]]);
  assert.throws(() => encodeSafetensors({ tensors, metadata: {} }), /\[2,2\] must have 4 elements, got 6/);
});
