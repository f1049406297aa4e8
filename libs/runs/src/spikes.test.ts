import assert from "node:assert/strict";
import { test } from "node:test";
import { spikesOf } from "./spikes.ts";

/** Measurements at every hundredth step. */
function spikes(...losses: (number | null)[]) {
  return spikesOf(losses.map((loss, index) => ({ step: 100 * (index + 1), loss })));
}

const fallen = [100, 60, 30, 10, 10, 10, 10, 10];

test("spikesOf() counts each rise far above the running median, however many measurements it lasts", () => {
  assert.deepEqual(spikes(...fallen, 31, 10, 10, 90, 50, 20, 10), { count: 2, last: 1200 });
  assert.deepEqual(spikes(...fallen, 30, 10), { count: 0, last: null });
});

test("spikesOf() counts a loss that is not finite", () => {
  assert.deepEqual(spikes(...fallen, null, 10), { count: 1, last: 900 });
});

test("spikesOf() needs a loss that has fallen, and a rise that is more than noise around a solved task", () => {
  assert.deepEqual(spikes(10, 10, 10, 10, 10, 90, 10), { count: 0, last: null });
  assert.deepEqual(spikes(100, 10, 0.1, 0.1, 0.1, 0.1, 2, 0.1), { count: 0, last: null });
  assert.deepEqual(spikes(100, 10, 0.1, 0.1, 0.1, 0.1, 2.2, 0.1), { count: 1, last: 700 });
});

test("spikesOf() takes a loss that stays up as the new level", () => {
  const up = Array.from({ length: 12 }, () => 40);
  assert.deepEqual(spikes(...fallen, ...up), { count: 1, last: 900 });
  // From the new level the loss falls and rises again.
  assert.deepEqual(spikes(...fallen, ...up, 5, 5, 5, 5, 5, 5, 5, 80), { count: 2, last: 2800 });
});

test("spikesOf() of nothing, or of a run that has just begun, is none", () => {
  for (const one of [spikes(), spikes(50), spikes(null, 50, 3)]) {
    assert.deepEqual(one, { count: 0, last: null });
  }
});
