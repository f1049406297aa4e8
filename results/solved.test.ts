import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result, Row, RunRecord } from "./result.ts";
import { keepsIt, learningOf, solvedAfter } from "./solved.ts";

function row(split: string, step: number, wrongBits: number | null, exact = 0): Row {
  return { step, sequences: 2 * step, split, measured: 64, lossBits: 1, wrongBits, exact };
}

function result(wrongBits: readonly (number | null)[], exact = 0): Result {
  const record = { preset: "copy-ntm", seed: 1, steps: 100, wallSeconds: 30 } as unknown as RunRecord;
  const rows = wrongBits.map((value, at) => row("validation", 10 * (at + 1), value));
  return { record, rows: [...rows, row("length-120", 10 * wrongBits.length, 0, exact)] };
}

test("solvedAfter() takes the first of five evaluations in a row below the goal", () => {
  assert.equal(solvedAfter(result([9, 0, 0, 9, 0, 0, 0, 0, 0, 9])), 100);
  assert.equal(solvedAfter(result([9, 0, 0, 0, 0])), null);
  assert.equal(solvedAfter(result([0, 0, null, 0, 0, 0])), null);
  assert.equal(solvedAfter(result([])), null);
});

test("learningOf() counts the seeds that solve the task, keep it, and go beyond it", () => {
  const solved = [0, 0, 0, 0, 0];
  const runs = [
    result(solved, 1),
    result([9, ...solved], 0.995),
    result([9, 9, ...solved, 9], 0.5),
    result([9, 9]),
  ];
  const { sequences, beyond, ...counts } = learningOf(runs);
  assert.deepEqual([counts.runs, counts.solved, counts.kept], [4, 3, 2]);
  assert.deepEqual([sequences?.median, sequences?.highest], [40, 60]);
  assert.deepEqual(
    beyond.map(({ size, nearlyAll, exact }) => [size, nearlyAll, exact.runs]),
    [["length-120", 2, 4]],
  );
  assert.equal(keepsIt(runs[2]!), false);
});
