import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@memnet/service/testing";
import { Recovery } from "./recovery.ts";

test("Recovery measures once, from the first of several faults of a kind to the next step", () => {
  const clock = virtualClock();
  const recovery = new Recovery(clock);
  assert.deepEqual(recovery.taken(), []);
  recovery.noticed("trainer");
  clock.advance(500);
  recovery.noticed("trainer");
  recovery.noticed("nats");
  clock.advance(1000);
  assert.deepEqual(recovery.taken(), [
    { fault: "trainer", seconds: 1.5 },
    { fault: "nats", seconds: 1 },
  ]);
  clock.advance(1000);
  assert.deepEqual(recovery.taken(), []);
});
