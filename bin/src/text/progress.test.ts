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
  turn: null,
  steps: 10_000,
  announced,
  validation: null,
  waitedSeconds: 0,
  silentSeconds: 0,
};

test("progressLine() has step, loss in bits, speed and time left", () => {
  assert.equal(progressLine(progress), "step 1,000/10,000  loss 3.000 bits  10.00 steps/s  15 min left");
});

test("progressLine() has the newest validation figures", () => {
  const validation = {
    step: 500,
    split: "validation",
    lossBits: 3,
    wrongBits: 0.25,
    exact: 0.5,
    floor: null,
  };
  assert.match(progressLine({ ...progress, validation }), /wrong bits 0\.2500 {2}exact 50\.0 %/);
});

test("progressLine() counts the steps that made no update", () => {
  const line = progressLine({ ...progress, announced: { ...announced, skipped: 12, loss: null } });
  assert.equal(line, "step 1,000/10,000  12 without an update  10.00 steps/s  15 min left");
});

test("progressLine() says what the run waits for, and for how long", () => {
  const waiting = { ...announced, waitsFor: "trainers" };
  assert.match(
    progressLine({ ...progress, announced: waiting, waitedSeconds: 65 }),
    /waits for trainers \(1 min 5 s\)$/,
  );
});

test("progressLine() reports a silent coordinator", () => {
  assert.match(progressLine({ ...progress, silentSeconds: 12 }), /no word from the coordinator for 12 s$/);
  assert.equal(progressLine({ ...progress, announced: null, silentSeconds: 2 }), "starting (2 s)");
});

test("progressLine() says which of the seeds is running", () => {
  const turn = { seed: 9, at: 3, of: 5 };
  assert.match(progressLine({ ...progress, turn }), /^seed 9 \(3 of 5\) {2}step 1,000\/10,000 {2}/);
  assert.match(progressLine({ ...progress, turn, announced: null }), /^seed 9 \(3 of 5\) {2}starting$/);
});

test("evaluationLine() names the split", () => {
  assert.equal(
    evaluationLine({
      step: 500,
      split: "length-20",
      lossBits: 12.5,
      wrongBits: 1.5,
      exact: 0.1,
      floor: null,
    }),
    "evaluation at step 500  length-20   loss 12.50 bits  wrong bits 1.500  exact 10.0 %",
  );
});
