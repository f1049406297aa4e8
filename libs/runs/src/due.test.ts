import assert from "node:assert/strict";
import { test } from "node:test";
import { isBeyondDue, isDue, pendingSteps, satisfiedStep } from "./due.ts";
import type { EvaluationLine } from "./lines.ts";

const plan = { every: 5, batches: 1, beyondEvery: 3, steps: 17 };
const line = (step: number, wrongBits: number | null, split = "validation"): EvaluationLine => ({
  kind: "evaluation",
  step,
  split,
  loss: 1,
  lossBits: 1,
  wrongBits,
  exact: 0,
  sequences: 16,
});

test("isDue() is true at every multiple and at the last step, never at step 0", () => {
  assert.deepEqual(
    [0, 1, 5, 10, 16, 17, 18].filter((step) => isDue(step, plan)),
    [5, 10, 17],
  );
});

test("isBeyondDue() is true at every beyondEvery-th evaluation", () => {
  assert.deepEqual(
    [5, 10, 15, 17, 30].filter((step) => isBeyondDue(step, plan)),
    [15, 30],
  );
});

test("pendingSteps() returns the kept due steps without a validation line, ascending", () => {
  assert.deepEqual(pendingSteps([17, 10, 5, 4, 0], [line(10, 1), line(5, 1, "length-20")], plan), [5, 17]);
});

test("satisfiedStep() is the earliest step, whatever the order of lines, other splits and null figures", () => {
  const until = { figure: "wrongBits", comparison: "<", value: 1, every: 5, batches: 1 } as const;
  const lines = [line(15, 0.5), line(10, 0.7), line(5, 0.1, "length-20"), line(5, null)];
  assert.equal(satisfiedStep(until, lines), 10);
  assert.equal(satisfiedStep(until, [line(5, 1)]), null);
  assert.equal(satisfiedStep(null, lines), null);
});
