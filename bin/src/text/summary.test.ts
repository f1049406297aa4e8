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
  const { checkpoint, best } = summaryOf(text);
  assert.deepEqual(checkpoint, { step: 2000, sha256: "bb" });
  assert.equal(best?.step, 1500);
});

test("summaryOf() of nothing is nothing", () => {
  assert.deepEqual(summaryOf(""), { checkpoint: null, best: null });
});
