import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestStep, shownSteps } from "./checkpoints.ts";

test("shownSteps() includes the best in order, even if best.safetensors is its only file", () => {
  assert.deepEqual(shownSteps({ checkpoints: [0, 50, 100], best: 50 }), [0, 50, 100]);
  assert.deepEqual(shownSteps({ checkpoints: [0, 100], best: 50 }), [0, 50, 100]);
  assert.deepEqual(shownSteps({ checkpoints: [0], best: null }), [0]);
});

test("nearestStep() is the step itself or else the nearest, the later of two", () => {
  const steps = [0, 100, 200, 250];
  const wanted = [100, 110, 160, 150, 50, 249, 900];
  assert.deepEqual(
    wanted.map((step) => nearestStep(steps, step)),
    [100, 100, 200, 200, 100, 250, 250],
  );
  assert.equal(nearestStep([], 100), undefined);
});
