import assert from "node:assert/strict";
import test from "node:test";
import { type Announcement, Chooser } from "./chooser.ts";

function announcement(run: string, more: Partial<Announcement> = {}): Announcement {
  return {
    run,
    epoch: 1,
    trainingHash: "0".repeat(64),
    coordinator: "c",
    machine: "m",
    config: { training: {}, operation: {} },
    state: "training",
    step: 0,
    skipped: 0,
    fingerprint: null,
    trainers: 0,
    joinable: true,
    loss: null,
    stepsPerSecond: 0,
    waitsFor: null,
    ...more,
  };
}

test("Chooser.choose() picks the run with the fewest trainers, and breaks ties by name", () => {
  const chooser = new Chooser(null);
  assert.equal(chooser.choose(0), undefined);
  chooser.hear(announcement("b", { trainers: 1 }), 0);
  chooser.hear(announcement("c"), 0);
  chooser.hear(announcement("a"), 0);
  assert.equal(chooser.choose(0)?.run, "a");
});

test("Chooser.choose() picks only the run that was requested", () => {
  const chooser = new Chooser("mine");
  chooser.hear(announcement("other"), 0);
  assert.equal(chooser.choose(0), undefined);
  chooser.hear(announcement("mine", { trainers: 9 }), 0);
  assert.equal(chooser.choose(0)?.run, "mine");
});

test("Chooser.choose() skips runs that are over, silent or refused", () => {
  const chooser = new Chooser(null);
  chooser.hear(announcement("over", { state: "ended" }), 4000);
  chooser.hear(announcement("silent"), 0);
  chooser.hear(announcement("refused"), 4000);
  chooser.refuse(announcement("refused"));
  assert.equal(chooser.choose(4000), undefined);
  chooser.hear(announcement("refused", { epoch: 2 }), 4000);
  assert.equal(chooser.choose(4000)?.run, "refused", "a new epoch may be served");
});

test("Chooser.newest() is the higher epoch's announcement while two coordinators announce one run", () => {
  const chooser = new Chooser(null);
  chooser.hear(announcement("a", { epoch: 2 }), 0);
  chooser.hear(announcement("a", { epoch: 1 }), 10);
  assert.equal(chooser.newest("a", 20)?.epoch, 2);
  assert.equal(chooser.newest("a", 10_000), undefined);
});

test("Chooser.isOver() distinguishes an ended run from a silent one", () => {
  const chooser = new Chooser(null);
  chooser.hear(announcement("a"), 0);
  assert.equal(chooser.isOver("a"), false);
  chooser.hear(announcement("a", { state: "stopped" }), 1);
  assert.equal(chooser.isOver("a"), true);
});

test("Chooser.hear() remembers a thousand runs, and keeps those that it knows", () => {
  const chooser = new Chooser(null);
  chooser.hear(announcement("mine"), 0);
  for (let number = 0; number < 20_000; number++) chooser.hear(announcement(`flood-${number}`), 1000);
  chooser.hear(announcement("mine", { step: 7 }), 1000);
  assert.equal(chooser.newest("mine", 1000)?.step, 7);
  assert.equal(chooser.newest("flood-19999", 1000), undefined);
  chooser.hear(announcement("mine"), 5000);
  chooser.hear(announcement("late"), 5000);
  assert.ok(chooser.newest("late", 5000), "silent runs make room");
});
