import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "./spread.ts";

test("spread() takes the middle of an odd number of values, and the mean of the middle two of an even number", () => {
  assert.deepEqual(spread([10, 9, 2]), {
    median: 9,
    lowest: 2,
    highest: 10,
    lower: 5.5,
    upper: 9.5,
    runs: 3,
  });
  assert.deepEqual(spread([10, 9, 2, 100]), {
    median: 9.5,
    lowest: 2,
    highest: 100,
    lower: 5.5,
    upper: 55,
    runs: 4,
  });
  assert.deepEqual(spread([0]), { median: 0, lowest: 0, highest: 0, lower: 0, upper: 0, runs: 1 });
});

test("spread() leaves out runs without the figure, and is null if none has it", () => {
  assert.deepEqual(spread([null, 3, null, 1]), {
    median: 2,
    lowest: 1,
    highest: 3,
    lower: 1,
    upper: 3,
    runs: 2,
  });
  assert.equal(spread([null, null]), null);
  assert.equal(spread([]), null);
});
