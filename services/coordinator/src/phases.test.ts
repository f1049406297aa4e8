import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@memnet/service/testing";
import { anatomyOf, Phases } from "./phases.ts";

test("Phases.end() returns a step's phases, the time to its first result and the updater's times", () => {
  const clock = virtualClock();
  const phases = new Phases(clock);
  const step = (toSend: number, betweenResults: number) => {
    clock.advance(1000);
    phases.begin();
    clock.advance(toSend);
    phases.sent();
    for (let result = 0; result < 3; result++) {
      clock.advance(betweenResults);
      phases.answered();
    }
    phases.filled();
    clock.advance(500);
    return phases.end({ add: 0.25, update: 0.125, hash: 0.5 });
  };
  assert.deepEqual(step(250, 1000), { send: 0.75, wait: 3, firstResult: 1, add: 0.25, update: 0.125 });
  const next = { send: 1, wait: 1.5, firstResult: 0.5, add: 0.25, update: 0.125 };
  assert.deepEqual(step(500, 500), next, "nothing is left of the step before");
});

test("anatomyOf() returns the mean step in milliseconds, with the time outside all phases as rest", () => {
  const phases = { send: 0.001, wait: 0.004, firstResult: 0.002, add: 0.001, update: 0.002 };
  const longer = { ...phases, wait: 0.006 };
  const anatomy = anatomyOf([
    { seconds: 0.01, phases },
    { seconds: 0.012, phases: longer },
  ])!;
  const rounded = Object.entries(anatomy).map(([name, value]) => [name, Number(value.toFixed(9))]);
  assert.deepEqual(Object.fromEntries(rounded), {
    ...{ steps: 2, whole: 11, wait: 5, add: 1, update: 2, send: 1, rest: 2 },
  });
  assert.equal(anatomyOf([]), null);
});
