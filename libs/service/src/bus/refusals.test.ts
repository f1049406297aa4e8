import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "../testing.ts";
import { PermissionError } from "./bus.ts";
import { Refusals } from "./refusals.ts";

const publishing = new PermissionError("publish", "memnet.hello", "the user trainer");
const subscribing = new PermissionError("subscribe", "memnet.hello", "the user trainer");

test("Refusals.current is the newest refusal, for a minute", () => {
  const clock = virtualClock();
  const refusals = new Refusals(clock);
  assert.equal(refusals.current, null);
  refusals.note(publishing);
  clock.advance(59_000);
  refusals.note(subscribing);
  assert.match(
    refusals.current ?? "",
    /^Cannot subscribe to memnet\.hello: NATS does not let the user trainer/,
  );
  clock.advance(59_000);
  refusals.note(publishing);
  assert.match(refusals.current ?? "", /^Cannot publish to memnet\.hello/);
  clock.advance(60_000);
  assert.equal(refusals.current, null);
});

test("Refusals.note() asks to log each refusal once a minute", () => {
  const clock = virtualClock();
  const refusals = new Refusals(clock);
  assert.deepEqual([refusals.note(publishing), refusals.note(publishing)], [true, false]);
  assert.equal(refusals.note(subscribing), true);
  clock.advance(60_000);
  assert.deepEqual([refusals.note(publishing), refusals.note(publishing)], [true, false]);
});

test("Refusals are forgotten on reconnect, and the oldest when there are too many", () => {
  const refusals = new Refusals(virtualClock());
  refusals.note(publishing);
  refusals.reconnected();
  assert.equal(refusals.current, null);
  refusals.note(publishing);
  for (let id = 0; id < 100; id++)
    refusals.note(new PermissionError("publish", `memnet.trainer.${id}.assign`, "x"));
  assert.equal(refusals.note(publishing), true, "the oldest was forgotten");
});

test("Refusals.tryAgain() restarts each ended subscription once, unless it was given up", () => {
  const refusals = new Refusals(virtualClock());
  const begun: string[] = [];
  const [one, other] = [() => void begun.push("one"), () => void begun.push("other")];
  refusals.ended(one);
  refusals.ended(other);
  refusals.givenUp(one);
  refusals.tryAgain();
  refusals.reconnected();
  assert.deepEqual(begun, ["other"]);
});
