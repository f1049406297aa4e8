import assert from "node:assert/strict";
import { test } from "node:test";
import { everyNth, thinned } from "./thin.ts";

test("thinned() returns mean, lowest and highest of equally long stretches, of which the last may be shorter", () => {
  const steps = [1, 2, 3, 4, 5];
  assert.deepEqual(thinned(steps, [4, 2, 8, 6, 5], 3), {
    steps: [2, 4, 5],
    means: [3, 7, 5],
    lows: [2, 6, 5],
    highs: [4, 8, 5],
  });
  assert.deepEqual(thinned(steps, [4, 2, 8, 6, 5], 10, 3).steps, [4, 5]);
});

test("thinned() skips non-finite figures, and returns null for a stretch without finite ones", () => {
  const { means, lows, highs } = thinned([1, 2, 3, 4], [null, 2, null, null], 2);
  assert.deepEqual(
    [means, lows, highs],
    [
      [2, null],
      [2, null],
      [2, null],
    ],
  );
});

test("thinned() never returns more points than requested, and keeps the overall extremes", () => {
  for (const length of [0, 1, 9, 10, 11, 99, 1000]) {
    const figures = Array.from({ length }, (_, index) => (index * 7919) % 1009);
    const { steps, lows, highs } = thinned(
      figures.map((_, index) => index + 1),
      figures,
      10,
    );
    assert.ok(steps.length <= 10);
    assert.equal(steps.at(-1), length === 0 ? undefined : length);
    if (length === 0) continue;
    assert.equal(Math.min(...(lows as number[])), Math.min(...figures));
    assert.equal(Math.max(...(highs as number[])), Math.max(...figures));
  }
});

test("everyNth() keeps the last, and at most as many as requested", () => {
  assert.deepEqual(everyNth([1, 2, 3], 3), [1, 2, 3]);
  assert.deepEqual(everyNth([1, 2, 3, 4, 5], 3), [1, 3, 5]);
  assert.deepEqual(everyNth([1, 2, 3, 4], 1), [4]);
});
