import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@memnet/service/testing";
import { Pace } from "./pace.ts";

test("Pace.end() returns the seconds since the step began, to the microsecond", () => {
  const clock = virtualClock();
  const pace = new Pace(clock);
  clock.advance(20);
  pace.begin();
  clock.advance(1.2345678);
  assert.equal(pace.end(), 0.001235);
});

test("Pace.stepsPerSecond() averages over the last seconds, and is 0 before two steps were taken", () => {
  const clock = virtualClock();
  const pace = new Pace(clock);
  const steps = (count: number, ms: number) => {
    for (let index = 0; index < count; index++) {
      clock.advance(ms);
      pace.end();
    }
  };
  assert.equal(pace.stepsPerSecond(), 0);
  steps(1, 100);
  assert.equal(pace.stepsPerSecond(), 0);
  steps(1, 100);
  assert.equal(pace.stepsPerSecond(), 10);
  steps(100, 100);
  assert.equal(pace.stepsPerSecond(), 10);
  steps(50, 500);
  assert.equal(pace.stepsPerSecond(), 2, "the quick ones are long past");
});

test("Pace.stepsPerSecond() handles steps that take longer than its window", () => {
  const clock = virtualClock();
  const pace = new Pace(clock);
  for (let step = 0; step < 3; step++) {
    clock.advance(20_000);
    pace.end();
  }
  clock.advance(19_000);
  assert.equal(pace.stepsPerSecond(), 0.05);
});

test("Pace.stepsPerSecond() is 0 for a run that waits", () => {
  const clock = virtualClock();
  const pace = new Pace(clock);
  for (let step = 0; step < 30; step++) {
    clock.advance(100);
    pace.end();
  }
  clock.advance(60_000);
  assert.equal(pace.stepsPerSecond(), 0);
});
