import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf } from "./best.ts";
import type { EvaluationLine } from "./lines.ts";

const line = (
  step: number,
  wrongBits: number | null,
  loss: number,
  split = "validation",
): EvaluationLine => ({
  kind: "evaluation",
  step,
  split,
  loss,
  lossBits: loss,
  wrongBits,
  exact: 0,
  sequences: 16,
});

test("bestOf() prefers fewer wrong bits, then less loss, then the earlier step", () => {
  const lines = [line(5, 2, 1), line(20, 1, 3), line(15, 1, 2), line(10, 1, 2), line(25, 0, 1, "length-20")];
  assert.equal(bestOf(lines)?.step, 10);
  assert.deepEqual(bestOf(lines.slice(0, 1)), {
    step: 5,
    loss: 1,
    lossBits: 1,
    wrongBits: 2,
    exact: 0,
    floor: null,
  });
});

test("bestOf() prefers the least loss if the task has a floor", () => {
  const lines = [line(5, 2, 3), line(10, 3, 2), line(15, 1, 2)].map((one) => ({ ...one, floor: 1.5 }));
  assert.deepEqual(bestOf(lines), { step: 10, loss: 2, lossBits: 2, wrongBits: 3, exact: 0, floor: 1.5 });
});

test("bestOf() skips figures that are not finite and steps that are not allowed", () => {
  assert.equal(bestOf([line(5, null, 1)]), undefined);
  assert.equal(bestOf([line(5, 0, 1), line(10, 1, 1)], (step) => step !== 5)?.step, 10);
});
