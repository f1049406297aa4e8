import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluationLine, type Progress, progressLine } from "./progress.ts";

const announced = {
  state: "training",
  step: 1000,
  skipped: 0,
  loss: Math.LN2 * 3,
  stepsPerSecond: 10,
  trainers: 1,
  waitsFor: null,
};
const progress: Progress = {
  series: null,
  steps: 10_000,
  announced,
  validation: null,
  waitedSeconds: 0,
  silentSeconds: 0,
};

const validation = { step: 500, split: "validation", lossBits: 3, wrongBits: 0.25, exact: 0.5, floor: null };
const line = (changes: Partial<Progress> = {}, width = 200) =>
  progressLine({ ...progress, ...changes }, width);

test("progressLine() has step, training loss in bits, speed and time left", () => {
  assert.equal(line(), "step 1,000/10,000  train 3.00 bits  10.00 steps/s  15 min left");
});

test("progressLine() has the newest validation figures and their step", () => {
  assert.match(line({ validation }), / {2}validation 0\.250 wrong at 500, 50\.0 % exact {2}10\.00 steps/);
});

test("progressLine() leaves out what matters less where it is narrow", () => {
  assert.equal(
    line({ validation }, 79),
    "step 1,000/10,000  train 3.00 bits  validation 0.250 wrong at 500  15 min left",
  );
  assert.equal(
    line({ validation }, 77),
    "step 1,000/10,000  train 3.00 bits  validation 0.250 wrong  15 min left",
  );
  assert.equal(line({ validation }, 40), "step 1,000/10,000  train 3.00 bits");
  assert.equal(line({ validation }, 5), "step 1,000/10,000");
  const waiting = { ...announced, waitsFor: "trainers" };
  assert.match(line({ announced: waiting, validation }, 40), /^step 1,000\/10,000 {2}waits for trainers/);
});

test("progressLine() counts the steps that made no update", () => {
  const counted = line({ announced: { ...announced, skipped: 12, loss: null } });
  assert.equal(counted, "step 1,000/10,000  12 without an update  10.00 steps/s  15 min left");
});

test("progressLine() says what the run waits for, and for how long", () => {
  const waiting = { ...announced, waitsFor: "trainers" };
  assert.match(line({ announced: waiting, waitedSeconds: 65 }), /waits for trainers \(1 min 5 s\)$/);
});

test("progressLine() reports a silent coordinator", () => {
  assert.match(line({ silentSeconds: 12 }), /no word from the coordinator for 12 s$/);
  assert.equal(line({ announced: null, silentSeconds: 2 }), "starting (2 s)");
});

test("progressLine() says which of the seeds is running", () => {
  const series = { seed: 9, at: 3, of: 5 };
  assert.match(line({ series }), /^seed 9 \(3 of 5\) {2}step 1,000\/10,000 {2}/);
  assert.match(line({ series, announced: null }), /^seed 9 \(3 of 5\) {2}starting$/);
});

test("evaluationLine() names step and split", () => {
  const evaluated = { ...validation, split: "length-20", lossBits: 12.5, wrongBits: 1.5, exact: 0.1 };
  assert.equal(
    evaluationLine(evaluated),
    "step 500  length-20   loss 12.50 bits  wrong bits 1.500  exact 10.0 %",
  );
});

test("evaluationLine() fits 80 columns, also with a task's floor", () => {
  const large = { step: 100_000, split: "length-120", lossBits: 960.25, wrongBits: 480.75, exact: 1 };
  for (const floor of [null, 500]) {
    const text = evaluationLine({ ...large, floor });
    assert.ok(text.length <= 80, text);
  }
});
