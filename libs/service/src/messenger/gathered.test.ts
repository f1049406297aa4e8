import assert from "node:assert/strict";
import { test } from "node:test";
import { Gathered } from "./gathered.ts";

const bytes = Uint8Array.from({ length: 10 }, (_, index) => index + 1);

test("Gathered takes parts in any order, each once", () => {
  const gathered = new Gathered(10, 4);
  assert.deepEqual(gathered.lacking, [0, 4, 8]);
  gathered.add(8, bytes.subarray(8));
  gathered.add(0, bytes.subarray(0, 4));
  assert.deepEqual(gathered.lacking, [4]);
  assert.ok(gathered.lacks(4) && !gathered.lacks(8));
  // A part that comes twice is not written again: the bytes may be in use.
  gathered.add(0, new Uint8Array(4));
  gathered.add(4, bytes.subarray(4, 8));
  assert.deepEqual(gathered.lacking, []);
  assert.deepEqual(gathered.bytes, bytes);
});

test("Gathered.add() refuses what is no part", () => {
  const gathered = new Gathered(10, 4);
  assert.throws(() => gathered.add(2, bytes.subarray(0, 4)), /a multiple of 4 below 10, got 2$/);
  assert.throws(() => gathered.add(12, bytes.subarray(0, 4)), /a multiple of 4 below 10, got 12$/);
  assert.throws(
    () => gathered.add(8, bytes.subarray(0, 4)),
    /^ProtocolError: A part must have 2 bytes, got 4$/,
  );
  assert.throws(() => gathered.add(0, bytes.subarray(0, 3)), /must have 4 bytes, got 3$/);
  assert.deepEqual(gathered.lacking, [0, 4, 8]);
});

test("Gathered.clear() drops what has arrived", () => {
  const gathered = new Gathered(10, 4);
  gathered.add(4, bytes.subarray(4, 8));
  gathered.clear();
  assert.deepEqual(gathered.lacking.sort(), [0, 4, 8]);
});

test("Gathered lacks nothing of nothing", () => {
  assert.deepEqual(new Gathered(0, 4).lacking, []);
});
