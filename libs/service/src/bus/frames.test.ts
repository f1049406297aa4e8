import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameReader, framed } from "./frames.ts";

const bodies = [0, 1, 7, 300].map((length) => Uint8Array.from({ length }, (_, index) => index & 255));
const stream = Buffer.concat(bodies.flatMap((body, number) => framed({ number }, body)));

test("FrameReader reads what framed() writes, however the stream is cut", () => {
  for (const size of [1, 2, 9, 64, stream.length]) {
    const reader = new FrameReader(1000);
    const frames = [];
    for (let at = 0; at < stream.length; at += size)
      frames.push(...reader.push(stream.subarray(at, at + size)));
    assert.deepEqual(
      frames,
      bodies.map((body, number) => ({ header: { number }, body })),
      `${size} bytes at a time`,
    );
  }
});

test("FrameReader refuses a frame that is longer than any message, before it has arrived", () => {
  const [head] = framed({}, new Uint8Array(1001));
  assert.throws(() => new FrameReader(1000).push(head), /its body at most 1000, got 2 and 1001/);
});

test("FrameReader refuses a header that is not JSON", () => {
  const [head] = framed({}, new Uint8Array(0));
  head[8] = 0;
  assert.throws(() => new FrameReader(1000).push(head), SyntaxError);
});
