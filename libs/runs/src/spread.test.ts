import assert from "node:assert/strict";
import { test } from "node:test";
import { bestFirst, type Outcome, spread, spreadsOf } from "./spread.ts";

test("spread() takes the middle of an odd number of values, and the mean of the middle two of an even number", () => {
  assert.deepEqual(spread([10, 9, 2]), {
    ...{ median: 9, lower: 5.5, upper: 9.5, lowest: 2, highest: 10, runs: 3 },
  });
  assert.deepEqual(spread([10, 9, 2, 100]), {
    ...{ median: 9.5, lower: 7.25, upper: 32.5, lowest: 2, highest: 100, runs: 4 },
  });
  assert.deepEqual(spread([0]), { median: 0, lower: 0, upper: 0, lowest: 0, highest: 0, runs: 1 });
});

test("spread() takes quartiles at the values themselves if there are 4 n + 1 of them", () => {
  const { lower, median, upper } = spread([5, 1, 4, 2, 3])!;
  assert.deepEqual([lower, median, upper], [2, 3, 4]);
});

test("spread() leaves out runs without the figure, and is null if none has it", () => {
  const found = spread([null, 3, null, 1]);
  assert.deepEqual(found, { median: 2, lower: 1.5, upper: 2.5, lowest: 1, highest: 3, runs: 2 });
  assert.equal(spread([null, null]), null);
  assert.equal(spread([]), null);
});

test("bestFirst() prefers points that reach the goal more often, then sooner, then with fewer wrong bits", () => {
  const point = (name: string, ...runs: [sequences: number | null, wrongBits: number | null][]) => {
    const outcomes = runs.map(([sequences, bits]): Outcome => {
      const best = bits === null ? null : { lossBits: bits, wrongBits: bits, exact: 0 };
      return { reached: sequences, sequences, best, beyond: [] };
    });
    return { name, runs: outcomes, spreads: spreadsOf(outcomes) };
  };
  const points = [
    point("unmeasured", [null, null]),
    point("none"),
    point("bad", [null, 9], [null, 9]),
    point("half", [10, 0], [null, 1]),
    point("good", [null, 3], [null, 4]),
    point("late", [50, 0], [60, 0]),
    point("soon", [20, 0], [30, 0]),
  ];
  assert.deepEqual(
    points.toSorted(bestFirst).map(({ name }) => name),
    ["soon", "late", "half", "good", "bad", "unmeasured", "none"],
  );
});
