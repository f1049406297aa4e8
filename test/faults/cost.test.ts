import assert from "node:assert/strict";
import test from "node:test";
import { between, costOf, keptIn, type Round, type Struck } from "./cost.ts";
import { Progress, type Stretch } from "./progress.ts";

/** A run that takes one step every 10 ms, except at the moments given. */
function run(untilMs: number, stepsIn: (ms: number) => number): Progress {
  const progress = new Progress();
  let step = 0;
  for (let ms = 0; ms <= untilMs; ms += 100) {
    progress.heard({ atMs: ms, epoch: 1, step });
    step += stepsIn(ms);
  }
  return progress;
}

const checkpoints = { steps: 100, otherwise: 0.5 };

test("between() is the time that no fault's cost is counted in", () => {
  const struck: Struck[] = [
    { fault: { kind: "kill", target: "trainer 1" }, fromMs: 10, toMs: 20 },
    { fault: { kind: "kill", target: "trainer 2" }, fromMs: 30, toMs: 40 },
  ];
  assert.deepEqual(between(struck, 0, 50), [
    [0, 10],
    [20, 30],
    [40, 50],
  ]);
  assert.deepEqual(between([], 0, 50), [[0, 50]]);
});

test("keptIn() compares each round with the rests beside it, while the machine slows down", () => {
  const kill = [10_000, 11_000] as const;
  const pause = [40_000, 42_000] as const;
  const within = (ms: number, [from, to]: Stretch) => ms >= from && ms < to;
  const progress = run(60_000, (ms) => (within(ms, kill) || within(ms, pause) ? 0 : ms < 30_000 ? 10 : 5));
  const round = (fromMs: number, ownSeconds: number): Round => ({
    harmed: [fromMs, fromMs + 10_000],
    ownSeconds,
    rests: [
      [fromMs - 10_000, fromMs],
      [fromMs + 10_000, fromMs + 20_000],
    ],
  });
  const [first, second] = [round(10_000, 0), round(40_000, 1)];
  assert.deepEqual(keptIn(progress, [first]), { kept: 0.9, keptBeyond: 0.9 });
  assert.deepEqual(keptIn(progress, [second]), { kept: 0.8, keptBeyond: 8 / 9 });
  assert.deepEqual(keptIn(progress, [first, second]), { kept: 0.85, keptBeyond: 17 / 19 });
});

test("keptIn() needs steps in the rests", () => {
  const rests = [
    [0, 0],
    [9000, 9000],
  ] as const;
  const progress = run(10_000, () => 10);
  assert.throws(() => keptIn(progress, [{ harmed: [0, 9000], ownSeconds: 0, rests }]), RangeError);
});

test("costOf() uses the pace around the fault, on a machine that slows down meanwhile", () => {
  const progress = run(60_000, (ms) => (ms >= 20_000 && ms < 21_000 ? 0 : ms < 21_500 ? 10 : 6));
  const struck: Struck[] = [{ fault: { kind: "kill", target: "coordinator" }, fromMs: 20_000, toMs: 23_000 }];
  const cost = costOf(progress, struck, 0, between(struck, 0, 60_000), checkpoints);
  // 500 ms at 100 steps a second and 1500 ms at 60, where 80 are usual.
  assert.ok(Math.abs(cost.lostSeconds - (3 - 140 / 80)) < 1e-9, String(cost.lostSeconds));
  assert.equal(cost.ownSeconds, 0);
});

test("costOf() excludes the length of a pause itself", () => {
  const progress = run(60_000, (ms) => (ms >= 20_000 && ms < 22_500 ? 0 : 10));
  const fault = { kind: "long-pause", target: "coordinator", ms: 2000 } as const;
  const struck: Struck[] = [{ fault, fromMs: 20_000, toMs: 25_000 }];
  const cost = costOf(progress, struck, 0, between(struck, 0, 60_000), checkpoints);
  assert.ok(Math.abs(cost.lostSeconds - 0.5) < 1e-9);
  assert.deepEqual([cost.ownSeconds, cost.stillSeconds], [2, 2.6]);
});

test("costOf() allows for the two checkpoints that a run continues without its evaluator", () => {
  const progress = run(60_000, (ms) => (ms >= 22_000 && ms < 23_000 ? 0 : 10));
  const fault = { kind: "long-pause", target: "evaluator", ms: 3000 } as const;
  const struck: Struck[] = [{ fault, fromMs: 20_000, toMs: 26_000 }];
  const cost = costOf(progress, struck, 0, between(struck, 0, 60_000), checkpoints);
  assert.ok(Math.abs(cost.lostSeconds) < 1e-9);
  assert.ok(Math.abs(cost.ownSeconds - 1) < 1e-9);
});

test("costOf() uses the other pace if there is no undisturbed time between faults", () => {
  const progress = run(60_000, () => 10);
  const fault = { kind: "kill", target: "evaluator" } as const;
  const struck: Struck[] = [{ fault, fromMs: 0, toMs: 60_000 }];
  const cost = costOf(progress, struck, 0, between(struck, 0, 60_000), { ...checkpoints, otherwise: 0.005 });
  assert.equal(cost.lostSeconds, 30);
});
