import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationLine } from "@memnet/runs";
import { smallConfig } from "@memnet/runs/testing";
import { smallSweep } from "./folder.testing.ts";
import { type BegunRun, bandOf, pointOf, resolutionOf, runOfSweep } from "./sweep-points.ts";

function begun(state: string, ...measured: [step: number, wrongBits: number | null][]): BegunRun {
  const stored = { fingerprint: null, relaxedFrom: null, versions: {}, machine: "box", created: "" };
  return {
    config: { ...smallConfig(), ...stored },
    state: { state, reason: null },
    training: null,
    evaluations: measured.map(
      ([step, wrongBits]): EvaluationLine => ({
        ...{ kind: "evaluation", step, split: "validation", loss: wrongBits, lossBits: wrongBits },
        ...{ wrongBits, exact: wrongBits === null ? null : 1 / (1 + wrongBits), sequences: 16 },
      }),
    ),
  };
}

test("bandOf() takes the quartiles at each step over the runs that measured it", () => {
  const runs = [8, 1, 4, 2, 16].map((bits) => begun("training", [2, bits], [4, bits / 2]));
  const { steps, wrongBits, exact } = bandOf(runs, 100);
  assert.deepEqual(steps, [2, 4]);
  assert.deepEqual(wrongBits, { lower: [2, 1], median: [4, 2], upper: [8, 4] });
  assert.deepEqual(exact.median, [1 / 5, 1 / 3]);
});

test("bandOf() keeps the last figure of a run that has ended, and forgets one that was stopped", () => {
  const ended = begun("ended", [2, 3], [4, 1]);
  const other = begun("training", [2, 5], [4, 5], [6, 5]);
  assert.deepEqual(bandOf([ended, other], 100).wrongBits.median, [4, 3, 3]);
  const stopped = { ...ended, state: { state: "stopped", reason: null } };
  assert.deepEqual(bandOf([stopped, other], 100).wrongBits.median, [4, 3, 5]);
});

test("bandOf() leaves out figures that are not finite, and thins steps that all runs share", () => {
  const one = begun("ended", [1, null], [2, null], [3, 9], [4, 7]);
  const other = begun("ended", [1, null], [2, 2], [3, 5], [4, 5]);
  assert.deepEqual(bandOf([one, other], 100).wrongBits.median, [null, 2, 7, 6]);
  const thin = bandOf([one, other], 2);
  assert.deepEqual(
    [thin.steps, thin.wrongBits.median],
    [
      [2, 4],
      [2, 6],
    ],
  );
  assert.deepEqual(bandOf([], 100).steps, []);
});

test("pointOf() spreads what the runs reached, with runs that have not begun and the reason of an early end", () => {
  const pruned = [{ label: "16", step: 4, reason: "it is worse" }];
  const { goal, points } = smallSweep();
  const runs = [begun("ended", [2, 3], [4, 0.25]), begun("failed", [2, 1], [6, 0.75]), null].map(
    (one, index) =>
      runOfSweep({ run: `sizes-16-seed-${index + 1}`, label: "16", seed: index + 1 }, one, goal),
  );
  const point = pointOf({ pruned }, points[1]!, runs, { bandPoints: 100, seedPoints: 1 });
  const sequences = 4 * smallConfig().training.sequencesPerStep;
  assert.equal(point.spreads.sequences?.median, sequences);
  assert.deepEqual(point.spreads.wrongBits, {
    ...{ median: 0.5, lower: 0.375, upper: 0.625, lowest: 0.25, highest: 0.75, runs: 2 },
  });
  assert.deepEqual(point.pruned, { step: 4, reason: "it is worse" });
  assert.deepEqual(
    point.runs.map(({ state, step, steps, reached, best }) => [
      state,
      step,
      steps,
      reached,
      best?.step ?? null,
    ]),
    [
      ["ended", 4, 20, 4, 4],
      ["failed", 6, 20, null, 6],
      [null, 0, null, null, null],
    ],
  );
  assert.deepEqual(point.runs[0]!.curve, {
    steps: [4],
    seconds: null,
    wrongBits: [0.25],
    lossBits: [0.25],
    exact: [0.8],
  });
  assert.equal(pointOf({ pruned }, points[0]!, [], { bandPoints: 100, seedPoints: 1 }).pruned, null);
});

test("resolutionOf() bounds what is sent of a large sweep", () => {
  const points = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ label: `${at}`, settings: {} }));
  const runs = (count: number) =>
    Array.from({ length: count }, (_, seed) => ({ run: `r${seed}`, label: "", seed }));
  assert.deepEqual(resolutionOf({ points: points(3), runs: runs(6) }), { bandPoints: 200, seedPoints: 200 });
  assert.deepEqual(resolutionOf({ points: points(400), runs: runs(4000) }), {
    bandPoints: 100,
    seedPoints: 10,
  });
});
