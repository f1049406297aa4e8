import assert from "node:assert/strict";
import { test } from "node:test";
import { tables } from "./tables.ts";

test("tables() has a row for each step and each evaluation, with empty fields for what is missing", () => {
  const lines = [
    { kind: "event", time: "now", event: "opened" },
    { kind: "step", step: 1, loss: 2.5, gradientNorm: 0.5, seconds: 0.25 },
    { kind: "step", step: 2, loss: null, gradientNorm: null },
    { kind: "checkpoint", step: 2, sha256: "0" },
    {
      kind: "evaluation",
      step: 2,
      split: "validation",
      loss: 1,
      lossBits: 2,
      wrongBits: 3,
      exact: 0,
      sequences: 16,
    },
  ];
  assert.deepEqual(tables(lines), {
    "steps.csv": "step,loss,gradientNorm,seconds\n1,2.5,0.5,0.25\n2,,,\n",
    "evaluations.csv": "step,split,loss,lossBits,wrongBits,exact,sequences,floor\n2,validation,1,2,3,0,16,\n",
  });
});
