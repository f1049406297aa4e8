import assert from "node:assert/strict";
import { test } from "node:test";
import { Packr } from "msgpackr";
import * as z from "zod";
import { decode, encode, floatsOf, type MessageType } from "./codec.ts";
import { ProtocolError, type ProtocolErrorCode } from "./errors.ts";
import { bodyBytesMax, headerBytesMax, protocolVersion } from "./limits.ts";
import { assign, log } from "./messages.ts";
import { examples } from "./testing.ts";

const note: MessageType<{ text: string }> = { kind: "note", schema: z.strictObject({ text: z.string() }) };
const packr = new Packr({ useRecords: false });

/** Builds a frame with an arbitrary header. */
function framed(header: unknown, length?: number): Uint8Array {
  const packed = header instanceof Uint8Array ? header : packr.pack(header);
  const frame = new Uint8Array(4 + Math.ceil(packed.length / 4) * 4);
  new DataView(frame.buffer).setUint32(0, length ?? packed.length, true);
  frame.set(packed, 4);
  return frame;
}

function refusal(type: MessageType<unknown>, data: Uint8Array): ProtocolError {
  try {
    decode(type, data);
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `must be a ProtocolError, got ${error}`);
    return error;
  }
  assert.fail("must be refused");
}

/** mulberry32. Only the tests of this package need random numbers. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test("encode() puts the body at a multiple of four, and decode() finds it", () => {
  for (let length = 0; length < 9; length++) {
    const body = Uint8Array.of(9, 8, 7, 6, 5).subarray(0, length % 6);
    const frame = encode(note, { text: "x".repeat(length) }, body);
    const read = decode(note, frame);
    assert.deepEqual(read, { fields: { text: "x".repeat(length) }, body });
    assert.equal(read.body.byteOffset % 4, 0);
  }
});

test("encode() writes numbers little-endian: the header's length first", () => {
  const frame = encode(note, { text: "hi" });
  const header = packr.pack([protocolVersion, "note", { text: "hi" }]);
  assert.deepEqual([...frame.subarray(0, 4)], [header.length, 0, 0, 0]);
  assert.deepEqual(frame.subarray(4, 4 + header.length), new Uint8Array(header));
});

test("decode() and floatsOf() work at any offset of a buffer", () => {
  const tensor = Float32Array.of(1.5, -0, Number.NaN, 1e-45);
  const frame = encode(note, { text: "unaligned" }, new Uint8Array(tensor.buffer));
  for (let offset = 0; offset < 8; offset++) {
    const buffer = new Uint8Array(frame.length + offset + 3).fill(0xff);
    buffer.set(frame, offset);
    for (const view of [
      buffer.subarray(offset, offset + frame.length),
      Buffer.from(buffer.buffer, offset, frame.length),
    ]) {
      const { fields, body } = decode(note, view);
      assert.deepEqual(fields, { text: "unaligned" });
      assert.deepEqual(floatsOf(body), tensor);
    }
  }
});

test("floatsOf() copies only if it must", () => {
  const bytes = new Uint8Array(12);
  assert.equal(floatsOf(bytes.subarray(4)).buffer, bytes.buffer);
  assert.notEqual(floatsOf(bytes.subarray(1, 9)).buffer, bytes.buffer);
  assert.equal(floatsOf(bytes.subarray(1, 9)).length, 2);
  assert.equal(floatsOf(new Uint8Array(0)).length, 0);
});

test("floatsOf() rejects a length that is not a multiple of four", () => {
  for (const length of [1, 2, 3, 5]) {
    assert.throws(() => floatsOf(new Uint8Array(length)), { name: "ProtocolError", code: "MALFORMED" });
  }
});

test("encode() accepts a body of up to 512 kB and rejects a longer one", () => {
  const body = new Uint8Array(bodyBytesMax).fill(3);
  assert.deepEqual(decode(note, encode(note, { text: "" }, body)).body, body);
  assert.throws(() => encode(note, { text: "" }, new Uint8Array(bodyBytesMax + 1)), {
    name: "RangeError",
    message: `Cannot send note: its body must be at most ${bodyBytesMax} bytes, got ${bodyBytesMax + 1}`,
  });
});

test("encode() rejects fields that no receiver would accept", () => {
  const lines = Array(1000).fill("x".repeat(1000));
  assert.throws(() => encode(log, { run: "mine", lines, events: [] }), {
    name: "RangeError",
    message: /^Cannot send log: its fields must fit 262144 bytes, they take \d+$/,
  });
});

test("decode() rejects a body or a header beyond its limit", () => {
  const frame = encode(note, { text: "" });
  const longer = new Uint8Array(frame.length + bodyBytesMax + 1);
  longer.set(frame);
  assert.equal(refusal(note, longer).code, "MALFORMED");
  const text = "x".repeat(headerBytesMax);
  assert.equal(refusal(note, framed([protocolVersion, "note", { text }])).code, "MALFORMED");
});

test("decode() rejects malformed messages with a code", () => {
  const deep = new Uint8Array(200_000).fill(0x91);
  const cases: [string, Uint8Array, ProtocolErrorCode][] = [
    ["nothing", new Uint8Array(0), "MALFORMED"],
    ["three bytes", new Uint8Array(3), "MALFORMED"],
    ["no header", new Uint8Array(4), "MALFORMED"],
    ["a header longer than the message", framed([protocolVersion, "note", { text: "" }], 500), "MALFORMED"],
    ["the largest length", new Uint8Array(64).fill(0xff), "MALFORMED"],
    ["not msgpack", framed(Uint8Array.of(0xc1, 0xc1, 0xc1, 0xc1)), "MALFORMED"],
    ["msgpack that ends early", framed(Uint8Array.of(0x93, 0x01)), "MALFORMED"],
    ["msgpack with bytes behind it", framed(Uint8Array.of(0x01, 0x02, 0x03)), "MALFORMED"],
    ["arrays in arrays without end", framed(deep), "MALFORMED"],
    ["an array of four thousand million", framed(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)), "MALFORMED"],
    ["a text of four thousand million", framed(Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)), "MALFORMED"],
    ["a map", framed({ version: 1 }), "MALFORMED"],
    ["too few parts", framed([protocolVersion, "note"]), "MALFORMED"],
    ["too many parts", framed([protocolVersion, "note", {}, 1]), "MALFORMED"],
    ["a version that is text", framed(["1", "note", {}]), "MALFORMED"],
    ["another version", framed([protocolVersion + 1, "note", { text: "" }]), "VERSION"],
    ["another version of another kind", framed([0, "other", 5]), "VERSION"],
    ["another kind", framed([protocolVersion, "other", { text: "" }]), "KIND"],
    ["no fields", framed([protocolVersion, "note", null]), "SCHEMA"],
    ["a field of another type", framed([protocolVersion, "note", { text: 5 }]), "SCHEMA"],
    ["a field too many", framed([protocolVersion, "note", { text: "", more: 1 }]), "SCHEMA"],
  ];
  for (const [what, data, code] of cases) assert.equal(refusal(note, data).code, code, what);
});

test("decode() names the version, the kind and the field, in a bounded message", () => {
  assert.equal(
    refusal(note, framed([9, "note", {}])).message,
    `The protocol version must be ${protocolVersion}, got 9`,
  );
  assert.equal(
    refusal(note, framed([protocolVersion, "n".repeat(9999), {}])).message,
    `The message must be note, got ${"n".repeat(64)}`,
  );
  assert.match(
    refusal(note, framed([protocolVersion, "note", { text: 5 }])).message,
    /^note: .*expected string.*text/s,
  );
  const nodes = Array(20_000).fill("x");
  assert.ok(refusal(assign, framed([protocolVersion, "assign", { nodes }])).message.length < 600);
});

test("decode() reads a valid message after any malformed one: messages share nothing", () => {
  const good = encode(note, { text: "good" });
  const below = random(5);
  for (let round = 0; round < 500; round++) {
    const bad = framed(Uint8Array.from({ length: 1 + below(60) }, () => below(256)));
    try {
      decode(note, bad);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `seed 5 round ${round}: ${error}`);
    }
    assert.deepEqual(decode(note, good).fields, { text: "good" });
  }
});

test("decode() throws nothing but ProtocolError for random bytes", () => {
  const below = random(1);
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: below(120) }, () => below(256));
    const { type } = examples[below(examples.length)]!;
    const error = refusal(type, below(2) ? bytes : framed(bytes));
    assert.ok(error.code, `seed 1 round ${round}`);
  }
});

test("decode() throws nothing but ProtocolError for damaged messages", () => {
  const below = random(2);
  let refused = 0;
  for (let round = 0; round < 10_000; round++) {
    const { type, fields } = examples[below(examples.length)]!;
    let bytes = encode(type, fields, new Uint8Array(below(9)));
    if (below(4) === 0) bytes = bytes.slice(0, below(bytes.length));
    for (let change = below(4); change >= 0 && bytes.length > 0; change--) {
      bytes[below(bytes.length)]! ^= 1 << below(8);
    }
    // Decodes as the same kind or as any other.
    const read = below(3) === 0 ? examples[below(examples.length)]!.type : type;
    try {
      decode(read, bytes);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `seed 2 round ${round} ${type.kind}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > 5000, `refused ${refused}`);
});
