import assert from "node:assert/strict";
import { test } from "node:test";
import { finerSweep } from "./finer.ts";
import type { Sweep, SweepPoint } from "./sweep.ts";

function point(label: string, steps: readonly number[], offset = 0): SweepPoint {
  const row = steps.map((step) => step + offset);
  const band = { lower: row, median: row, upper: row };
  const run = { run: `${label}-1`, seed: 1, state: "ended", reason: null, step: 9, steps: 9 };
  return {
    ...{ label, settings: {}, task: "copy", pruned: null, sequencesPerStep: 16 },
    runs: [
      { ...run, reached: null, sequences: null, best: null, curve: { steps, seconds: null, exact: row } },
    ],
    spreads: { wrongBits: null, lossBits: null, exact: null, sequences: null },
    band: { steps, seconds: row, exact: band },
  };
}

function sweep(...points: SweepPoint[]): Sweep {
  return { name: "s", goal: "", goalFigure: "exact", seeds: 1, splits: [], hasSteps: true, points };
}

test("finerSweep() puts the points of a part in the place of the coarse ones there", () => {
  const coarse = sweep(point("a", [10, 20, 30, 40]), point("b", [10, 20]));
  const { points } = finerSweep(coarse, { points: [point("a", [15, 20, 25], 0.5)] });
  assert.deepEqual(points[0]!.band.steps, [10, 15, 20, 25, 30, 40]);
  assert.deepEqual(points[0]!.band.seconds, [10, 15.5, 20.5, 25.5, 30, 40]);
  assert.deepEqual(points[0]!.band.exact!.upper, [10, 15.5, 20.5, 25.5, 30, 40]);
  assert.deepEqual(points[0]!.runs[0]!.curve, {
    ...{ steps: [10, 15, 20, 25, 30, 40], seconds: null, exact: [10, 15.5, 20.5, 25.5, 30, 40] },
  });
  assert.equal(points[1], coarse.points[1]);
});

test("finerSweep() keeps the coarse points where the part has none, and adds later ones", () => {
  const coarse = sweep(point("a", [10, 20]));
  assert.deepEqual(finerSweep(coarse, { points: [point("a", [])] }).points, coarse.points);
  assert.deepEqual(
    finerSweep(coarse, { points: [point("a", [25, 30])] }).points[0]!.band.steps,
    [10, 20, 25, 30],
  );
  assert.deepEqual(finerSweep(coarse, { points: [point("a", [5])] }).points[0]!.band.steps, [5, 10, 20]);
});
