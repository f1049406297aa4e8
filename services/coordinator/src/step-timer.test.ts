import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@memnet/service/testing";
import { StepTimer } from "./step-timer.ts";

const nothing = { add: 0, update: 0, hash: 0 };

/** Creates a timer, and a function that takes steps of this length. */
function scene() {
  const clock = virtualClock();
  const timer = new StepTimer(clock);
  const steps = (count: number, ms: number) => {
    for (let index = 0; index < count; index++) {
      timer.begin();
      clock.advance(ms);
      timer.end(nothing);
    }
  };
  return { clock, timer, steps };
}

test("StepTimer.end() returns the seconds since the step began, to the microsecond", () => {
  const { clock, timer } = scene();
  clock.advance(20);
  timer.begin();
  clock.advance(1.2345678);
  assert.equal(timer.end(nothing).seconds, 0.001235);
});

test("StepTimer.end() returns a step's phases, the time to its first result and the updater's times", () => {
  const { clock, timer } = scene();
  const step = (toSend: number, betweenResults: number) => {
    clock.advance(1000);
    timer.begin();
    clock.advance(toSend);
    timer.sent();
    for (let result = 0; result < 3; result++) {
      clock.advance(betweenResults);
      timer.answered();
    }
    timer.filled();
    clock.advance(500);
    return timer.end({ add: 0.25, update: 0.125, hash: 0.5 }).phases;
  };
  assert.deepEqual(step(250, 1000), { send: 0.75, wait: 3, firstResult: 1, add: 0.25, update: 0.125 });
  const next = { send: 1, wait: 1.5, firstResult: 0.5, add: 0.25, update: 0.125 };
  assert.deepEqual(step(500, 500), next, "nothing is left of the step before");
});

test("StepTimer.end() returns each fault once, from the first of several of a kind to the next step", () => {
  const { clock, timer } = scene();
  assert.deepEqual(timer.end(nothing).recovered, []);
  timer.noticed("trainer");
  clock.advance(500);
  timer.noticed("trainer");
  timer.noticed("nats");
  clock.advance(1000);
  assert.deepEqual(timer.end(nothing).recovered, [
    { fault: "trainer", seconds: 1.5 },
    { fault: "nats", seconds: 1 },
  ]);
  clock.advance(1000);
  assert.deepEqual(timer.end(nothing).recovered, []);
});

test("StepTimer.stepsPerSecond() averages over the last seconds, and is 0 before two steps were taken", () => {
  const { timer, steps } = scene();
  assert.equal(timer.stepsPerSecond(), 0);
  steps(1, 100);
  assert.equal(timer.stepsPerSecond(), 0);
  steps(1, 100);
  assert.equal(timer.stepsPerSecond(), 10);
  steps(100, 100);
  assert.equal(timer.stepsPerSecond(), 10);
  steps(50, 500);
  assert.equal(timer.stepsPerSecond(), 2, "the quick ones are long past");
});

test("StepTimer.stepsPerSecond() handles steps that take longer than its window", () => {
  const { clock, timer, steps } = scene();
  steps(3, 20_000);
  clock.advance(19_000);
  assert.equal(timer.stepsPerSecond(), 0.05);
});

test("StepTimer.stepsPerSecond() is 0 for a run that waits", () => {
  const { clock, timer, steps } = scene();
  steps(30, 100);
  clock.advance(60_000);
  assert.equal(timer.stepsPerSecond(), 0);
});

test("StepTimer.anatomy() returns the mean step in milliseconds, with the time outside all phases as rest", () => {
  const { clock, timer } = scene();
  assert.equal(timer.anatomy(), null);
  for (const waitMs of [4, 6]) {
    timer.begin();
    clock.advance(1);
    timer.sent();
    clock.advance(waitMs);
    timer.filled();
    clock.advance(5);
    timer.end({ add: 0.001, update: 0.002, hash: 0 });
  }
  const rounded = Object.entries(timer.anatomy()!).map(([name, value]) => [name, Number(value.toFixed(9))]);
  assert.deepEqual(Object.fromEntries(rounded), {
    ...{ steps: 2, whole: 11, wait: 5, add: 1, update: 2, send: 1, rest: 2 },
  });
});
