import assert from "node:assert/strict";
import { test } from "node:test";
import { phasesOf, roundAbove, timeTicks } from "./phases.ts";

test("phasesOf() divides time where the mask changes", () => {
  assert.deepEqual(phasesOf([0, 0, 1, 1, 1, 0]), [
    { name: "input", from: 0, end: 2 },
    { name: "answer", from: 2, end: 5 },
    { name: "input", from: 5, end: 6 },
  ]);
  assert.deepEqual(phasesOf([1]), [{ name: "answer", from: 0, end: 1 }]);
});

test("timeTicks() names at most eight times, at round numbers", () => {
  assert.deepEqual(timeTicks(6), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(timeTicks(42), [10, 20, 30, 40]);
  assert.deepEqual(timeTicks(962), [200, 400, 600, 800]);
  for (let times = 1; times < 3000; times++) assert.ok(timeTicks(times).length <= 8);
});

test("roundAbove() is the next of 1, 2, 5, 10, …", () => {
  assert.deepEqual([0.1, 1, 1.5, 3, 5, 6, 100, 101].map(roundAbove), [1, 1, 2, 5, 5, 10, 100, 200]);
});
