import assert from "node:assert/strict";
import { test } from "node:test";
import { median, mediansByTurns, timeByTurns } from "./timing.ts";

test("median() is the middle value, or the mean of the middle two, in any order", () => {
  assert.equal(median([9, 1, 10]), 9);
  assert.equal(median([4, 1, 100, 2]), 3);
  assert.equal(median([7]), 7);
  assert.throws(() => median([]), RangeError);
});

test("timeByTurns() runs each work in turn and times it alone", async () => {
  let clock = 0;
  const done: string[] = [];
  const work = (name: string, took: number) => async () => {
    done.push(name);
    clock += took;
  };
  const times = await timeByTurns(
    [work("a", 1), work("b", 10)],
    { iterations: 4, budgetMs: 1000 },
    () => clock,
  );
  assert.deepEqual(times, [
    [1, 1, 1, 1],
    [10, 10, 10, 10],
  ]);
  assert.equal(done.join(""), "ababababab");
});

test("timeByTurns() stops when its budget is spent, but never before three iterations", async () => {
  let clock = 0;
  const work = (took: number) => async () => {
    clock += took;
  };
  const slow = await timeByTurns([work(1000)], { iterations: 100, budgetMs: 10 }, () => clock);
  assert.equal(slow[0]!.length, 3);
  const quick = await timeByTurns([work(1)], { iterations: 100, budgetMs: 10 }, () => clock);
  assert.equal(quick[0]!.length, 10);
});

test("mediansByTurns() gets one figure from each work per round, one after another", async () => {
  const done: string[] = [];
  const work = (name: string, figures: number[]) => async () => {
    done.push(name);
    return figures.shift()!;
  };
  const works = new Map([
    ["a", work("a", [3, 1, 2])],
    ["b", work("b", [10, 30, 10])],
  ]);
  assert.deepEqual(
    [...(await mediansByTurns(works, 3))],
    [
      ["a", 2],
      ["b", 10],
    ],
  );
  assert.equal(done.join(""), "ababab");
});
