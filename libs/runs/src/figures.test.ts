import assert from "node:assert/strict";
import { test } from "node:test";
import { figures } from "./figures.ts";
import type { EvaluationLine } from "./lines.ts";
import { emptyIndex } from "./lines.ts";
import type { StoredConfig } from "./stored-config.ts";
import { smallConfig } from "./testing.ts";

const goal = { figure: "wrongBits", comparison: "<", value: 0.5 } as const;

/** [step, split, wrong bits, exact]; null if a figure is not finite. */
type Figures = readonly [step: number, split: string, wrongBits: number | null, exact: number | null];

function figuresOf(...lines: readonly Figures[]) {
  const index = emptyIndex();
  for (const [step, split, wrongBits, exact] of lines) {
    const loss = wrongBits;
    const line: EvaluationLine = {
      ...{ kind: "evaluation", step, split, loss, lossBits: loss, wrongBits, exact },
      sequences: 16,
    };
    index.evaluations.push(line);
  }
  return figures("mine", { config: smallConfig() as unknown as StoredConfig, index }, goal);
}

test("figures() finds the first step on the validation stream that satisfies the goal", () => {
  const read = figuresOf(
    [500, "length-20", 0, 1],
    [500, "validation", 0.5, 0.9],
    [1500, "validation", 0, 1],
    [1000, "validation", 0.4, 0.9],
  );
  assert.equal(read.reached, 1000);
  assert.equal(read.best?.step, 1500);
  assert.equal(figuresOf([500, "validation", null, null]).reached, null);
});

test("figures() uses the newest line of each split beyond training, finite or not", () => {
  const read = figuresOf(
    [500, "length-20", 1, 0.5],
    [500, "length-40", 9, 0],
    [500, "validation", 1, 0],
    [1000, "length-40", null, null],
    [1000, "length-20", 0.5, 0.75],
    [1000, "validation", 1, 0],
  );
  assert.deepEqual(read.beyond, [
    { split: "length-20", step: 1000, wrongBits: 0.5, exact: 0.75 },
    { split: "length-40", step: 1000, wrongBits: null, exact: null },
  ]);
});

test("figures() lists as many splits as a message holds", () => {
  const lines = Array.from({ length: 70 }, (_, index): Figures => [500, `length-${index}`, 1, 0]);
  assert.equal(figuresOf(...lines).beyond.length, 64);
});
