import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluation } from "./evaluation.ts";

test("evaluation() counts wrong bits where the mask is 1, and sequences without one", () => {
  // Two times, two sequences, two outputs: the second sequence is wrong once, and wrong twice where masked.
  const result = evaluation(Float32Array.of(3, -3, 3, 3, 1, 1, 0, 5), {
    times: 2,
    sequences: 2,
    x: new Float32Array(),
    y: Float32Array.of(1, 0, 0, 0, 1, 1, 1, 1),
    mask: Float32Array.of(1, 0, 1, 1),
  });
  assert.equal(result.wrongBits, 1);
  assert.equal(result.exact, 1);
  const small = (logit: number) => Math.log1p(Math.exp(-logit));
  const expected = 2 * small(3) + 2 * small(1) + small(0) + small(5);
  assert.ok(Math.abs(result.loss - expected) < 1e-12);
});

test("evaluation() takes no sequence for exact of which nothing counts", () => {
  const { wrongBits, exact } = evaluation(Float32Array.of(-1, -1, -1, -1), {
    times: 2,
    sequences: 2,
    x: new Float32Array(),
    y: new Float32Array(4),
    mask: Float32Array.of(0, 1, 0, 0),
  });
  assert.deepEqual([wrongBits, exact], [0, 1]);
});
