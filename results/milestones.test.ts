import assert from "node:assert/strict";
import { test } from "node:test";
import { milestones } from "./milestones.ts";
import type { Row } from "./rows.ts";

function row(step: number, split: string, wrongBits: number | null, lossBits: number | null = 1): Row {
  return { step, sequences: step * 16, split, measured: 800, lossBits, wrongBits, exact: 0.5 };
}

test("milestones() finds the first step below the goal, the best step, and the last sizes beyond training", () => {
  const found = milestones([
    row(1, "training", null, 0.01),
    row(1, "validation", 0.1),
    row(2, "length-20", 9),
    row(2, "length-40", 19),
    row(2, "validation", 0.09, 3),
    row(3, "validation", 0.01, 2),
    row(4, "length-20", 0.05),
    row(4, "validation", 0.01, 1),
    row(5, "validation", null),
  ]);
  assert.equal(found.learnt?.step, 2);
  assert.equal(found.learnt?.sequences, 32);
  assert.equal(found.best?.step, 4);
  assert.deepEqual(
    found.beyond.map(({ step, split, wrongBits }) => [step, split, wrongBits]),
    [
      [4, "length-20", 0.05],
      [2, "length-40", 19],
    ],
  );
});

test("milestones() are undefined if nothing was reached or measured", () => {
  assert.equal(milestones([row(1, "validation", 0.1)]).learnt, undefined);
  assert.deepEqual(milestones([row(1, "validation", null)]), {
    learnt: undefined,
    best: undefined,
    beyond: [],
  });
});
