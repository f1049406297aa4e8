import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@memnet/service/testing";
import { Phases } from "./phases.ts";

test("Phases.end() tells a step's phases, the first of its results and what the updater took", () => {
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
