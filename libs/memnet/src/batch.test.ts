import assert from "node:assert/strict";
import { test } from "node:test";
import { batchesOf, batchFloats } from "./batch.ts";
import { makeBatch } from "./tasks/batches.ts";
import { copy } from "./tasks/copy.ts";

const sizes = { sequences: 2, input: 5, output: 3 };
const batches = [0, 2, 4].map((from) =>
  makeBatch(copy, { bits: 3, length: [1, 9] }, { seed: 1, stream: 1, step: 0, from, sequences: 2 }),
);
const times = batches.map((batch) => batch.times);

test("batchFloats() puts x, y and mask of each batch one after the other, each as long as its own times", () => {
  assert.equal(new Set(times).size, 3);
  assert.deepEqual(
    [...batchFloats(batches)],
    batches.flatMap(({ x, y, mask }) => [...x, ...y, ...mask]),
  );
});

test("batchesOf() gives the batches that batchFloats() was given, as views", () => {
  const floats = batchFloats(batches);
  const read = batchesOf(floats, { ...sizes, times });
  assert.deepEqual(read, batches);
  for (const { x, y, mask } of read) {
    for (const part of [x, y, mask]) assert.equal(part.buffer, floats.buffer);
  }
});

test("batchesOf() refuses an array of another length", () => {
  const floats = batchFloats(batches);
  const wanted = new RegExp(
    `batches of ${times.join(", ")} times × 2: they must have ${floats.length} numbers, got`,
  );
  for (const wrong of [floats.subarray(1), new Float32Array(floats.length + 1)]) {
    assert.throws(() => batchesOf(wrong, { ...sizes, times }), { name: "RangeError", message: wanted });
  }
});
