import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonRow, median, milliseconds, roundsOf, type Timing, timingTable } from "./timing.ts";

/** A contender whose iterations take equally long, and that notes its turns. */
function contender(name: string, took: number, done: string[] = []) {
  return {
    async run(iterations: number) {
      done.push(name);
      return { milliseconds: new Array(iterations).fill(took), busyMs: null };
    },
  };
}

const plenty = 1_000_000;

test("roundsOf() takes turns until every contender has its iterations", async () => {
  const done: string[] = [];
  const turns = [
    [contender("a", 1, done), 4],
    [contender("b", 10, done), 2],
  ] as const;
  const all = await roundsOf(turns, { iterations: 5, budgetMs: plenty });
  assert.equal(done.join(""), "ababab");
  assert.deepEqual(all[1], { milliseconds: [10, 10, 10, 10, 10, 10], busyMs: null });
});

test("roundsOf() stops when its budget is spent, but never before three iterations", async () => {
  const counted = async (took: number, bounds: { iterations: number; budgetMs: number }) =>
    (await roundsOf([[contender("a", took), 1]], bounds))[0]!.milliseconds.length;
  assert.equal(await counted(1000, { iterations: 100, budgetMs: 10 }), 3);
  assert.equal(await counted(1, { iterations: 100, budgetMs: 10 }), 10);
  assert.equal(await counted(1, { iterations: 2, budgetMs: plenty }), 2);
});

const wasm: Timing = {
  ...{ engine: "wasm", preset: "original-ntm-copy", sequences: 16, times: 22 },
  ...{ milliseconds: [4, 5, 6], busyMs: null },
};
const jax: Timing = { ...wasm, engine: "jax", milliseconds: [12, 10, 11, 13] };

test("timingTable() compares with the first engine at the same preset and number of sequences", () => {
  assert.deepEqual(timingTable([wasm, jax, { ...jax, sequences: 64 }]).split("\n"), [
    "preset              T  sequences  engine  median ms  fastest ms  / wasm",
    "original-ntm-copy  22         16  wasm         5.00        4.00    1.00",
    "original-ntm-copy  22         16  jax          11.5        10.0    2.30",
    "original-ntm-copy  22         64  jax          11.5        10.0",
  ]);
});

test("timingTable() shows how long a device was idle, if that is known", () => {
  assert.deepEqual(timingTable([{ ...wasm, engine: "webgpu", busyMs: 12 }, jax]).split("\n"), [
    "preset              T  sequences  engine  median ms  fastest ms  / webgpu  device idle",
    "original-ntm-copy  22         16  webgpu       5.00        4.00      1.00         20 %",
    "original-ntm-copy  22         16  jax          11.5        10.0      2.30",
  ]);
});

test("jsonRow() has the median, and one thread", () => {
  const row = { engine: "jax", preset: "original-ntm-copy", sequences: 16, times: 22, threads: 1 };
  assert.deepEqual(jsonRow(jax), { ...row, millisecondsMedian: 11.5 });
});

test("median() is the middle value, or the mean of the middle two, in any order", () => {
  assert.equal(median([9, 1, 10]), 9);
  assert.equal(median([4, 1, 100, 2]), 3);
});

test("milliseconds() shows three digits", () => {
  assert.deepEqual([1.234, 12.34, 123.4, 1234.5].map(milliseconds), ["1.23", "12.3", "123", "1235"]);
});
