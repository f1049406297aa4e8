import assert from "node:assert/strict";
import { test } from "node:test";
import { presetText, readmeText } from "./readme.ts";
import { type Row, readResults, resultsFolder } from "./result.ts";

const [result] = readResults(resultsFolder);

function row(step: number, split: string, wrongBits: number | null, lossBits: number | null = 1): Row {
  return { step, sequences: step * 16, split, measured: 800, lossBits, wrongBits, exact: 0.5 };
}

function tableOf(rows: readonly Row[]): string[] {
  const text = readmeText([{ record: { ...result!.record, seed: 7 }, rows }], new Map());
  return text.split("\n").filter((line) => line.startsWith("| 7 |"));
}

test("readmeText() says so if nothing was collected", () => {
  assert.match(readmeText([], new Map()), /^# Results\n[\s\S]*\nNo run has been collected yet\.\n$/);
});

test("readmeText() has the first step below the goal, the best step, and the last sizes beyond training", () => {
  const [learning, beyond] = tableOf([
    row(1, "training", null, 0.01),
    row(1, "validation", 0.1),
    row(2, "validation", 0.09, 3),
    row(2, "length-20", 9),
    row(2, "length-40", 19),
    row(3, "validation", 0.01, 2),
    row(4, "validation", 0.01, 1),
    row(4, "length-20", 0.05),
    row(5, "validation", null),
  ]);
  assert.equal(learning, "| 7 | 2 | 32 | 4 | 0.0100 | 50.0 % |");
  assert.equal(beyond, "| 7 | 2 | 50.0 %, 0.0500 | 50.0 %, 19.00 |");
});

test("readmeText() says if a seed has not learnt the task, or nothing was measured", () => {
  assert.equal(tableOf([row(1, "validation", 0.1)])[0], "| 7 | not reached |  | 1 | 0.1000 | 50.0 % |");
  const [learning, provenance] = tableOf([row(1, "validation", null)]);
  assert.equal(learning, "| 7 | not reached |  |  |  |  |");
  assert.ok(provenance!.includes(`\`${result!.record.parametersSha256}\``));
});

test("presetText() has the model, the task's ranges and the optimizer", () => {
  assert.equal(presetText("ntm-copy-20"), "NTM, 128 slots × 20, copy with length 1–20, RMSprop");
  const fast = "DNC, 16 slots × 16, repeat-copy with length 1–2 and repeats 1–2, Adam";
  assert.equal(presetText("dnc-repeat-copy-fast"), fast);
});
