import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { makeBatch } from "./batches.ts";
import { floorOf, TaskError, widthsOf } from "./check.ts";
import { nGram } from "./n-gram.ts";

test("n-gram asks for the bit after each, from the first that has its whole context before it", () => {
  const { times, x, y, mask } = nGram.sequence({ context: 3, length: 12 }, new Draws(1, streams.test, 0, 0));
  assert.equal(times, 11);
  assert.deepEqual(x.subarray(1), y.subarray(0, -1));
  assert.deepEqual([...mask], [0, 0, ...Array(9).fill(1)]);
});

test("n-gram draws bits by the odds of their context: its floor is far below a guess", () => {
  const place = { seed: 1, stream: streams.test, step: 0, from: 0, sequences: 200 };
  const floor = floorOf(nGram, nGram.settings, makeBatch(nGram, nGram.settings, place)) / 200 / Math.LN2;
  assert.ok(floor > 122 && floor < 134, `some 128 bits, got ${floor}`);
});

test("n-gram's floor counts the bits behind each context", () => {
  const settings = { context: 1, length: 5 };
  const x = Float32Array.of(1, 1, 0, 1);
  const y = Float32Array.of(1, 0, 1, 1);
  const floor = floorOf(nGram, settings, { times: 4, sequences: 1, x, y, mask: new Float32Array(4).fill(1) });
  // Behind 1: one (½), then zero (½ / 2), then after a zero one (½), and behind 1 one again (1½ of 3).
  const expected = -Math.log(0.5) - Math.log(0.5 / 2) - Math.log(0.5) - Math.log(1.5 / 3);
  assert.ok(Math.abs(floor - expected) < 1e-12, `${floor}, ${expected}`);
});

test("n-gram refuses sizes at which no bit counts, and contexts with too many odds", () => {
  const refused = (settings: { context: number; length: number | [number, number] }) => {
    try {
      widthsOf(nGram, settings);
    } catch (error) {
      assert.ok(error instanceof TaskError);
      return error.message;
    }
    assert.fail("must be refused");
  };
  assert.equal(
    refused({ context: 5, length: [5, 40] }),
    "Cannot use task n-gram: length must be above context 5, or no bit counts, got 5",
  );
  assert.equal(
    refused({ context: 17, length: 200 }),
    "Cannot use task n-gram: context must be at most 16, since it has 2^context odds, got 17",
  );
});
