import assert from "node:assert/strict";
import { test } from "node:test";
import { preset } from "./config/presets.ts";
import { runConfig } from "./config/settings.ts";
import { Divergence, divergenceSteps, guessingLoss, largestGuessingLoss } from "./divergence.ts";
import { builtInTask } from "./tasks/registry.ts";

test("guessingLoss() is ln 2 for each output bit that counts", () => {
  const copy = builtInTask("copy");
  const settings = {
    ...preset("original-ntm-copy"),
    engine: "wasm",
    task: { name: "copy", bits: 3, length: [4, 4] },
  };
  const loss = guessingLoss(copy, runConfig(settings, copy).training);
  assert.ok(Math.abs(loss - 4 * 3 * Math.LN2) < 1e-9, `${loss}`);
});

test("largestGuessingLoss() is that of the curriculum's longest stage", () => {
  const copy = builtInTask("copy");
  const curriculum = [
    { from: 5, task: { length: [6, 6] } },
    { from: 9, task: { length: [2, 2] } },
  ];
  const task = { name: "copy", bits: 3, length: [4, 4] };
  const settings = { ...preset("original-ntm-copy"), engine: "wasm", task, curriculum };
  const loss = largestGuessingLoss(copy, runConfig(settings, copy).training);
  assert.ok(Math.abs(loss - 6 * 3 * Math.LN2) < 1e-9, `${loss}`);
});

/** The steps, from 1, at which divergence was noticed. */
function noticedAt(divergence: Divergence, losses: readonly number[]): number[] {
  return losses.flatMap((loss, index) => (divergence.note(loss) ? [index + 1] : []));
}

const times = (count: number, loss: number) => Array.from({ length: count }, () => loss);

test("Divergence notices once that the last steps are worse than twice guessing", () => {
  const losses = [...times(divergenceSteps, 10), ...times(2 * divergenceSteps, 30)];
  // 10 × (20 − n) + 30 n > 2 × 10 × 20 from n = 11 on.
  assert.deepEqual(noticedAt(new Divergence(10), losses), [divergenceSteps + 11]);
});

test("Divergence takes no notice of single bad steps, nor of a bad start", () => {
  const spikes = times(100, 1).map((loss, index) => (index % 10 === 0 ? 50 : loss));
  assert.deepEqual(noticedAt(new Divergence(10), spikes), []);
  assert.deepEqual(noticedAt(new Divergence(10), times(divergenceSteps - 1, 1000)), []);
});

test("Divergence notices again after the loss was as low as guessing", () => {
  const bad = times(divergenceSteps, 100);
  const noticed = noticedAt(new Divergence(10), [...bad, ...times(divergenceSteps, 5), ...bad]);
  assert.equal(noticed.length, 2);
});
