import assert from "node:assert/strict";
import test from "node:test";
import { lostSeconds, Progress, paceOver, quantile, secondsPerStep } from "./progress.ts";

/** A progress made of the given samples. */
function heard(...samples: [atMs: number, epoch: number, step: number][]): Progress {
  const progress = new Progress();
  for (const [atMs, epoch, step] of samples) progress.heard({ atMs, epoch, step });
  return progress;
}

test("Progress.heard() ignores samples that are older than the newest one", () => {
  const progress = heard([0, 1, 5], [10, 1, 4], [20, 1, 6], [30, 2, 2], [40, 1, 7]);
  assert.deepEqual(
    progress.samples.map(({ step }) => step),
    [5, 6, 2],
  );
});

test("Progress.at() takes the newest sample; if that is old, the run stood still after it", () => {
  const progress = heard([0, 1, 0], [100, 1, 10]);
  assert.deepEqual(progress.at(150), { atMs: 100, epoch: 1, step: 10 });
  assert.deepEqual(progress.at(1000), { atMs: 1000, epoch: 1, step: 10 });
  assert.equal(progress.at(-1), undefined);
});

test("lostSeconds() is zero if the run keeps the quiet pace", () => {
  const progress = heard([0, 1, 0], [100, 1, 10], [200, 1, 20], [300, 1, 30]);
  assert.equal(lostSeconds(progress, { fromMs: 120, toMs: 310, ownMs: 0 }, 0.01), 0);
});

test("lostSeconds() is the time without steps, minus the fault's own", () => {
  const progress = heard([0, 1, 0], [100, 1, 10], [900, 1, 20], [1000, 1, 30]);
  assert.ok(Math.abs(lostSeconds(progress, { fromMs: 100, toMs: 1000, ownMs: 0 }, 0.01) - 0.7) < 1e-9);
  assert.ok(Math.abs(lostSeconds(progress, { fromMs: 100, toMs: 1000, ownMs: 500 }, 0.01) - 0.2) < 1e-9);
});

test("lostSeconds() counts repeated steps once", () => {
  const progress = heard([0, 1, 0], [100, 1, 50], [200, 2, 40], [300, 2, 50], [400, 2, 60]);
  assert.ok(Math.abs(lostSeconds(progress, { fromMs: 100, toMs: 400, ownMs: 0 }, 0.01) - 0.2) < 1e-9);
});

test("lostSeconds() counts up to the window's end if no further step was taken", () => {
  const progress = heard([0, 1, 0], [100, 1, 10]);
  assert.equal(lostSeconds(progress, { fromMs: 100, toMs: 2100, ownMs: 0 }, 0.01), 2);
});

test("Progress.stillMs() counts only new steps", () => {
  const progress = heard([0, 1, 0], [100, 1, 50], [200, 2, 40], [300, 2, 50], [400, 2, 60], [450, 2, 65]);
  assert.equal(progress.stillMs(100, 450), 300);
  assert.equal(progress.stillMs(100, 900), 450);
});

test("Progress.everySecond() is the step at each second", () => {
  const progress = heard([0, 1, 0], [900, 1, 90], [1900, 1, 190], [2100, 2, 150], [3050, 2, 240]);
  assert.deepEqual(progress.everySecond(0), [0, 90, 190, 150]);
});

test("paceOver() covers all periods without a restart", () => {
  const progress = heard([0, 1, 0], [10_000, 1, 10], [20_000, 1, 110], [40_000, 1, 310], [50_000, 2, 300]);
  assert.equal(paceOver(progress, []), undefined);
  assert.equal(paceOver(progress, [[10_000, 10_000]]), undefined);
  assert.equal(paceOver(progress, [[0, 10_000]]), 1);
  assert.equal(
    paceOver(progress, [
      [0, 10_000],
      [20_000, 40_000],
      [40_000, 50_000],
    ]),
    30 / 210,
  );
});

test("secondsPerStep() is the mean between two moments, and requires steps there", () => {
  const progress = heard([0, 1, 0], [100, 1, 10], [200, 1, 30]);
  assert.equal(secondsPerStep(progress, 0, 210), 0.2 / 30);
  assert.throws(() => secondsPerStep(progress, 200, 5000), RangeError);
});

test("quantile() is one of the measured values", () => {
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
  assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
  assert.throws(() => quantile([], 0.5), RangeError);
});
