import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ended, freshTally, type Tally, verdictOn } from "./restart.ts";

const crash: Ended = { code: 1, signal: null, livedMs: 500, wasConnected: true };

/** The waits before each restart of a service that keeps ending. */
function waits(ended: Ended, times: number): (number | string)[] {
  const seen: (number | string)[] = [];
  let tally: Tally = freshTally;
  for (let time = 0; time < times; time++) {
    const verdict = verdictOn("trainer", tally, ended);
    if (verdict.kind !== "again") return [...seen, verdict.kind];
    seen.push(verdict.afterMs);
    tally = verdict.tally;
  }
  return seen;
}

test("verdictOn() restarts at once the first time, then after 100 ms, doubling to 5 s", () => {
  assert.deepEqual(waits(crash, 8), [0, 100, 200, 400, 800, 1600, 3200, 5000]);
});

test("verdictOn() starts over after 10 s of life", () => {
  const verdict = verdictOn("trainer", { short: 7, unready: 0 }, { ...crash, livedMs: 10_000 });
  assert.deepEqual(verdict, { kind: "again", afterMs: 0, tally: { short: 1, unready: 0 } });
});

test("verdictOn() gives up on a service that never becomes ready after five tries", () => {
  assert.deepEqual(waits({ ...crash, wasConnected: false }, 9), [0, 100, 200, 400, "give-up"]);
});

test("verdictOn() gives up on an evaluator that fails right after connecting, but not on a trainer", () => {
  const last: Tally = { short: 4, unready: 4 };
  assert.equal(verdictOn("evaluator", last, crash).kind, "give-up");
  assert.equal(verdictOn("trainer", last, crash).kind, "again");
});

test("verdictOn() never gives up on a service that is killed from outside", () => {
  const killed: Ended = { code: null, signal: "SIGKILL", livedMs: 100, wasConnected: false };
  assert.equal(waits(killed, 20).length, 20);
});

test("verdictOn() takes a coordinator's 0, 3 and 4 for its end, and restarts other services", () => {
  for (const code of [0, 3, 4]) {
    assert.deepEqual(verdictOn("coordinator", freshTally, { ...crash, code }), { kind: "over" });
    assert.equal(verdictOn("trainer", freshTally, { ...crash, code }).kind, "again");
  }
  for (const code of [1, 75]) {
    assert.equal(verdictOn("coordinator", freshTally, { ...crash, code }).kind, "again");
  }
});

test("verdictOn() gives up at once if a service refuses to start", () => {
  for (const service of ["coordinator", "trainer", "evaluator"] as const) {
    assert.equal(verdictOn(service, freshTally, { ...crash, code: 2 }).kind, "give-up");
  }
});
