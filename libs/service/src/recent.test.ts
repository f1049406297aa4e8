import assert from "node:assert/strict";
import { test } from "node:test";
import { Recent } from "./recent.ts";
import { virtualClock } from "./testing.ts";

function noted(clock = virtualClock()) {
  const recent = new Recent<number>(clock);
  const note = (count: number, everyMs: number, value: number) => {
    for (let index = 0; index < count; index++) {
      clock.advance(everyMs);
      recent.note(value);
    }
  };
  return { clock, recent, note };
}

test("Recent.perSecond() sums over the last seconds, and falls once no more items come", () => {
  const { clock, recent, note } = noted();
  assert.equal(
    recent.perSecond(() => 1),
    0,
  );
  note(101, 100, 3);
  assert.equal(
    recent.perSecond((value) => value),
    30,
  );
  note(60, 100, 1);
  assert.equal(
    recent.perSecond((value) => value),
    10,
    "what came before is long past",
  );
  clock.advance(2500);
  assert.ok(recent.perSecond((value) => value) < 6);
});

test("Recent.perSecond() includes items that take longer than its window", () => {
  const { recent, note } = noted();
  note(10, 20_000, 4);
  assert.equal(
    recent.perSecond((value) => value),
    0.2,
  );
  assert.equal(recent.items.length, 4);
});

test("Recent.median() covers the last seconds, and is null if nothing was noted", () => {
  const { recent, note } = noted();
  assert.equal(
    recent.median((value) => value),
    null,
  );
  note(100, 100, 9);
  note(51, 100, 2);
  assert.equal(
    recent.median((value) => value),
    2,
  );
});

test("Recent keeps a bounded number of the newest items", () => {
  const { recent, note } = noted();
  note(5000, 0.1, 1);
  note(1000, 0.1, 2);
  assert.deepEqual(new Set(recent.items), new Set([2]));
  assert.equal(recent.items.length, 1000);
});
