import assert from "node:assert/strict";
import { test } from "node:test";
import type { SweepRecord, SweepRunStanding } from "@memnet/protocol";
import { sweepRuns } from "@memnet/runs";
import { TimeLeft } from "../sweep/time-left.ts";
import { overLine, sweepText } from "./sweep.ts";

const sweep: SweepRecord = {
  name: "widths",
  goal: { figure: "wrongBits", comparison: "<", value: 0.1 },
  points: [8, 20, 32].map((width) => ({ label: String(width), settings: { "memory.width": String(width) } })),
  seeds: [1, 2],
  pruned: [{ label: "8", step: 500, reason: "worse than the others" }],
};

function best(wrongBits: number) {
  return { step: 900, loss: 1, lossBits: 1, wrongBits, exact: 0.5, floor: null };
}

function standing(
  run: string,
  reached: number | null,
  state: SweepRunStanding["state"] = "ended",
): SweepRunStanding {
  const more = state === null ? null : best(reached === null ? 4 : 0.05);
  return { run, state, step: 1000, steps: 2000, sequencesPerStep: 16, reached, best: more };
}

const reached = [null, 4000, 800, 9000, 6000, 900];
const all = sweepRuns(sweep).map(({ run }, at) => standing(run, reached[at]!));

test("sweepText() has a line for each point, the ones that reach the goal most often and soonest first", () => {
  const standings = [
    ...all.slice(0, 4),
    standing(all[4]!.run, null, "training"),
    standing(all[5]!.run, null, null),
  ];
  assert.equal(
    sweepText(sweep, standings, 200),
    [
      "memory.width             over  wrongBits<0.1  sequences        quartiles  wrong bits   exact",
      "32                        1/2         1 of 2     12,800    12,800–12,800      0.0500  50.0 %",
      "20                        1/2         1 of 2     64,000    64,000–64,000       2.025  50.0 %",
      "8             2/2 ended early         1 of 2    144,000  144,000–144,000       2.025  50.0 %",
      "Medians over the seeds: sequences up to the goal, and between the quartiles; wrong bits and exact at the best step.",
      "4 of 6 runs are over, 1 train, 1 not begun, about 3 min 20 s left",
    ].join("\n"),
  );
});

test("overLine() says how a run ended", () => {
  assert.equal(
    overLine(all[1]!),
    "widths-20-seed-1: done at step 1,000  best step 900: wrong bits 0.0500, exact 50.0 %",
  );
  assert.equal(
    overLine({ ...all[1]!, state: "failed", best: null }),
    "widths-20-seed-1: failed at step 1,000",
  );
});

test("TimeLeft extrapolates the pace since its first call", () => {
  const timeLeft = new TimeLeft();
  const at = (step: number) => [{ ...standing("a", null, "training"), step, steps: 1000 }];
  assert.equal(timeLeft.after(at(500), 10), undefined);
  assert.equal(timeLeft.after(at(500), 20), undefined);
  assert.equal(timeLeft.after(at(750), 30), 20);
  assert.equal(timeLeft.after([standing("a", 5)], 40), 0);
});
