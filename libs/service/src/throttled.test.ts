import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "./testing.ts";
import { throttled } from "./throttled.ts";

test("throttled() runs at once, and then once for all calls within the time", () => {
  const clock = virtualClock();
  const at: number[] = [];
  const one = throttled(clock, 100, () => at.push(clock.now()));
  for (let call = 0; call < 20_000; call++) one.call();
  assert.deepEqual(at, [0]);
  clock.advance(50);
  one.call();
  clock.advance(1000);
  assert.deepEqual(at, [0, 100], "the last call is answered too");
  one.call();
  assert.deepEqual(at, [0, 100, 1050]);
});

test("throttled() drops a call that waits once it is stopped", () => {
  const clock = virtualClock();
  let runs = 0;
  const one = throttled(clock, 100, () => runs++);
  one.call();
  one.call();
  one.stop();
  clock.advance(1000);
  assert.equal(runs, 1);
});
