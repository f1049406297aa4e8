import assert from "node:assert/strict";
import { test } from "node:test";
import { summaryOf } from "./summary.ts";

const evaluation = (step: number, wrongBits: number, loss: number, split = "validation") =>
  JSON.stringify({
    kind: "evaluation",
    step,
    split,
    loss,
    lossBits: loss / Math.LN2,
    wrongBits,
    exact: 0.5,
    sequences: 16,
  });

test("summaryOf() finds the last checkpoint and the best evaluation", () => {
  const text = [
    JSON.stringify({ kind: "step", step: 1, loss: 2, gradientNorm: 1, seconds: 0.1 }),
    evaluation(500, 2, 3),
    JSON.stringify({ kind: "checkpoint", step: 500, sha256: "aa" }),
    evaluation(1000, 1, 2),
    evaluation(1000, 0, 0, "length-20"),
    evaluation(1500, 1, 1),
    evaluation(2000, 1, 1),
    JSON.stringify({ kind: "checkpoint", step: 2000, sha256: "bb" }),
    '{"kind":"evaluation","cut off',
  ].join("\n");
  const { checkpoint, best } = summaryOf(text, 1);
  assert.deepEqual(checkpoint, { step: 2000, sha256: "bb" });
  assert.equal(best?.step, 1500);
});

test("summaryOf() of an empty text is empty", () => {
  const nothing = { checkpoint: null, best: null, skipped: 0, audited: 0, divergedTo: null };
  assert.deepEqual(summaryOf("", 1), nothing);
});

const stepLines = (count: number, loss: number | null, more: object = {}) =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ kind: "step", step: index + 1, loss, ...more }),
  );

test("summaryOf() finds the last step that was audited", () => {
  const lines = [1, 2, 3].map((step) =>
    JSON.stringify({ kind: "step", step, loss: 1, ...(step === 2 && { audited: true }) }),
  );
  assert.equal(summaryOf(lines.join("\n"), 1).audited, 2);
});

test("summaryOf() counts the steps that made no update, except those whose record was lost", () => {
  const lines = [...stepLines(3, null), ...stepLines(4, 1), ...stepLines(2, null, { lost: true })];
  assert.equal(summaryOf(lines.join("\n"), 1).skipped, 3);
});

test("summaryOf() reports last steps that were worse than guessing", () => {
  const lines = [...stepLines(100, 1), ...stepLines(20, 30)];
  assert.equal(summaryOf(lines.join("\n"), 10).divergedTo, 30);
  assert.equal(summaryOf([...lines, ...stepLines(20, 9)].join("\n"), 10).divergedTo, null);
});
