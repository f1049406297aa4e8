import assert from "node:assert/strict";
import { test } from "node:test";
import { Alternating } from "./alternating.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("Alternating.copy() leaves the previous copy unchanged, and reuses its buffer for the next", () => {
  const alternating = new Alternating();
  const source = bytes(1, 2);
  const first = alternating.copy(source);
  source[0] = 9;
  const second = alternating.copy(source);
  assert.deepEqual([first, second], [bytes(1, 2), bytes(9, 2)]);
  assert.equal(alternating.copy(bytes(3, 4)).buffer, first.buffer);
  assert.deepEqual(second, bytes(9, 2));
});

test("Alternating.copy() accepts any length", () => {
  const alternating = new Alternating();
  for (const copied of [bytes(1), bytes(1, 2, 3), bytes(), bytes(7)])
    assert.deepEqual(alternating.copy(copied), copied);
});
