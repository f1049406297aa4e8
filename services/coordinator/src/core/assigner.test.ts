import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeKey } from "memnet";
import { Assigner } from "./assigner.ts";
import type { Effect } from "./events.ts";
import { partition } from "./partition.ts";
import { StepWork } from "./step-work.ts";
import { newTrainer, type Trainer } from "./trainers.ts";

const trainers = (...ids: string[]): Trainer[] => ids.map((id) => newTrainer(id, "m", 0));

/** Describes effects in short strings. */
function told(effects: readonly Effect[]): string[] {
  return effects.map((effect) => {
    if (effect.kind === "assign") return `${effect.trainer} ${effect.nodes.map(nodeKey)}`;
    return effect.kind === "reissue" ? effect.reason : effect.kind;
  });
}

test("Assigner.begin() assigns a step's units round-robin", () => {
  const work = new StepWork(1, 4, partition(4, 4), 0);
  const given = new Assigner().begin(work, trainers("a", "b", "c"), [], 0);
  assert.deepEqual(
    given.map(({ trainer, nodes }) => `${trainer} ${nodes.map(nodeKey)}`),
    ["a 0-1,3-4", "b 1-2", "c 2-3"],
  );
});

test("Assigner.place() chooses the least loaded trainer", () => {
  const assigner = new Assigner();
  const work = new StepWork(1, 4, partition(4, 4), 0);
  assigner.begin(work, trainers("a", "b", "c"), [], 0);
  work.release("c", false, 0, 10);
  const [, , orphan] = work.units;
  const effects = assigner.assign(work, orphan!, trainers("a", "b"), "goodbye", 10);
  assert.deepEqual(told(effects), ["b 2-3", "goodbye"]);
});

test("Assigner.tick() duplicates a late node once, judging lateness by the usual time for its size", () => {
  const assigner = new Assigner();
  const before = new StepWork(1, 2, partition(2, 1), 0);
  assigner.begin(before, trainers("a"), [], 0);
  assigner.measured(before.units[0]!, "a", 400);
  const work = new StepWork(2, 4, partition(4, 2), 1000);
  assigner.begin(work, trainers("a", "b"), [], 1000);
  const idle = trainers("a", "b", "c", "d");
  assert.deepEqual(told(assigner.tick(work, idle, 1800)), [], "twice 200 ms for each of two micro-batches");
  assert.deepEqual(told(assigner.tick(work, idle, 1801)), ["c 0-2", "duplicate", "d 2-4", "duplicate"]);
  assert.deepEqual(told(assigner.tick(work, trainers("a", "b", "c", "d", "e"), 4000)), [], "two at most");
});

test("Assigner.tick() reissues a node at a deadline based on measured times, and doubles the deadline", () => {
  const assigner = new Assigner();
  const before = new StepWork(1, 1, partition(1, 1), 0);
  assigner.begin(before, trainers("a"), [], 0);
  assigner.measured(before.units[0]!, "a", 1000);
  const work = new StepWork(2, 1, partition(1, 1), 0);
  assigner.begin(work, trainers("a"), [], 0);
  assert.deepEqual(told(assigner.tick(work, trainers("a"), 19_999)), []);
  assert.deepEqual(told(assigner.tick(work, trainers("a"), 20_000)), ["a 0-1", "deadline"]);
  assert.deepEqual(told(assigner.tick(work, trainers("a"), 59_999)), []);
  assert.deepEqual(told(assigner.tick(work, trainers("a"), 60_000)), ["a 0-1", "deadline"]);
});

test("Assigner.repair() resends an assignment that a trainer should know by now, and moves no deadline", () => {
  const assigner = new Assigner();
  const work = new StepWork(1, 4, partition(4, 2), 0);
  const all = trainers("a", "b");
  const [a, b] = all as [Trainer, Trainer];
  assigner.begin(work, all, [], 0);
  const deadlines = work.units.map(({ deadlineAt }) => deadlineAt);
  const repair = (trainer: Trainer, now: number, knows = false) =>
    told(assigner.repair(work, trainer, () => knows, all, now));
  assert.deepEqual(repair(a, 400), []);
  assert.deepEqual(repair(a, 401), ["a 0-2", "repair"]);
  assert.deepEqual(repair(a, 500), [], "it was just said");
  assert.deepEqual(repair(b, 10_000, true), []);
  assert.deepEqual(
    work.units.map(({ deadlineAt }) => deadlineAt),
    deadlines,
  );
});

test("Assigner.repair() doubts a trainer that two repairs did not reach, and gives its node to another", () => {
  const assigner = new Assigner();
  const work = new StepWork(1, 4, partition(4, 2), 0);
  const all = trainers("a", "b", "c");
  const [a] = all as [Trainer, Trainer, Trainer];
  assigner.begin(work, all.slice(0, 2), [], 0);
  const repair = (now: number) => told(assigner.repair(work, a, () => false, all, now));
  assert.deepEqual(repair(500), ["a 0-2", "repair"]);
  assert.deepEqual([a.owed, assigner.unresponsive(work)], [0, []]);
  assert.deepEqual(repair(1000), ["a 0-2", "repair", "c 0-2", "duplicate"]);
  assert.deepEqual([a.owed, assigner.unresponsive(work)], [1, ["a"]]);
  assert.deepEqual(repair(1500), ["a 0-2", "repair"], "one doubt is enough");
  assert.equal(a.owed, 1);
});

test("Assigner.welcome() assigns a waiting unit before it splits another trainer's node", () => {
  const assigner = new Assigner();
  const work = new StepWork(1, 4, partition(4, 2), 0);
  assigner.begin(work, trainers("a", "b"), [], 0);
  work.release("b", false, 0, 10);
  assigner.welcome(work, "c", 10);
  assigner.welcome(work, "d", 20);
  assert.deepEqual(
    work.heldBy("c").map(({ node }) => nodeKey(node)),
    ["2-4"],
  );
  assert.deepEqual(
    work.heldBy("d").map(({ node }) => nodeKey(node)),
    ["0-1"],
  );
});
