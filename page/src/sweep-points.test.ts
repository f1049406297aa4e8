import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationLine } from "@memnet/runs";
import { smallConfig } from "@memnet/runs/testing";
import { smallSweep } from "./folder.testing.ts";
import type { Across } from "./shared/axis.ts";
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
  assert.deepEqual(exact!.median, [1 / 5, 1 / 3]);
});

test("bandOf() has the loss and the norm of the gradient of training, and nothing else", () => {
  const stretches = [2, 4, 6].map((step) => ({
    step,
    loss: Math.LN2 * step,
    gradient: 10 / step,
    seconds: step,
  }));
  const run = { ...begun("training"), training: { every: 2, stretches } };
  const band = bandOf([run], 100, { split: "training", part: null });
  assert.deepEqual(Object.keys(band).sort(), ["gradient", "lossBits", "seconds", "steps"]);
  assert.deepEqual(
    [band.lossBits!.median, band.gradient!.median],
    [
      [2, 4, 6],
      [5, 2.5, 10 / 6],
    ],
  );
});

test("bandOf() has as many points of a part as of all, over steps, sequences and time", () => {
  const measured = Array.from({ length: 50 }, (_, at): [number, number] => [at + 1, at]);
  const stretches = measured.map(([step]) => ({ step, loss: 1, gradient: 1, seconds: step / 10 }));
  const run = { ...begun("ended", ...measured), training: { every: 1, stretches } };
  const unit = smallConfig().training.sequencesPerStep;
  const stepsOf = (across: Across, ...span: [number, number]) =>
    bandOf([run], 10, { split: "validation", part: { across, span } }).steps;
  assert.equal(bandOf([run], 10).steps.length, 10);
  assert.deepEqual(stepsOf("steps", 20.5, 25), [21, 22, 23, 24, 25]);
  assert.deepEqual(stepsOf("sequences", 20 * unit + 1, 25 * unit), [21, 22, 23, 24, 25]);
  assert.deepEqual(stepsOf("time", 2.05, 2.5), [21, 22, 23, 24, 25]);
  assert.equal(stepsOf("steps", 11, 30).length, 10);
  // A run that has ended keeps its last figure beyond its own steps.
  const other = begun("training", [60, 1]);
  const { steps, wrongBits } = bandOf([run, other], 10, {
    split: "validation",
    part: { across: "steps", span: [55, 70] },
  });
  assert.deepEqual([steps, wrongBits!.median], [[60], [25]]);
});

test("bandOf() keeps the last figure of a run that has ended, and forgets one that was stopped", () => {
  const ended = begun("ended", [2, 3], [4, 1]);
  const other = begun("training", [2, 5], [4, 5], [6, 5]);
  assert.deepEqual(bandOf([ended, other], 100).wrongBits!.median, [4, 3, 3]);
  const stopped = { ...ended, state: { state: "stopped", reason: null } };
  assert.deepEqual(bandOf([stopped, other], 100).wrongBits!.median, [4, 3, 5]);
});

test("bandOf() leaves out figures that are not finite, and thins steps that all runs share", () => {
  const one = begun("ended", [1, null], [2, null], [3, 9], [4, 7]);
  const other = begun("ended", [1, null], [2, 2], [3, 5], [4, 5]);
  assert.deepEqual(bandOf([one, other], 100).wrongBits!.median, [null, 2, 7, 6]);
  const thin = bandOf([one, other], 2);
  assert.deepEqual(
    [thin.steps, thin.wrongBits!.median],
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
