import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeKey } from "memnet";
import type { Result } from "./events.ts";
import { partition } from "./partition.ts";
import { StepWork, type Unit } from "./step-work.ts";

const names = (units: readonly Unit[]) => units.map(({ node }) => nodeKey(node)).join(" ");

function work(leaves: number, trainers: number): StepWork {
  return new StepWork(3, leaves, partition(leaves, trainers), 0);
}

function fill(of: StepWork, node: string): void {
  const [lo, hi] = node.split("-").map(Number);
  of.tree.fill({ node: { lo, hi }, nonFinite: [] } as unknown as Result);
}

test("StepWork.open() lists units until they are filled, directly or by their children", () => {
  const of = work(4, 2);
  assert.equal(names(of.open()), "0-2 2-4");
  fill(of, "0-1");
  assert.equal(names(of.open()), "0-2 2-4");
  fill(of, "1-2");
  assert.equal(names(of.open()), "2-4");
  fill(of, "0-4");
  assert.equal(names(of.open()), "2-4", "the root's result fills the root, not what is below it");
  assert.equal(of.tree.isFilled(of.tree.root), true);
});

test("StepWork.give() doubles the deadline with each reissue", () => {
  const of = work(2, 1);
  const [unit] = of.units;
  of.give(unit!, "a", 100, 1000);
  assert.equal(unit!.deadlineAt, 1100);
  unit!.reissues = 3;
  of.give(unit!, "b", 200, 1000);
  assert.equal(unit!.deadlineAt, 8200);
  assert.deepEqual(
    [...unit!.holders],
    [
      ["a", 100],
      ["b", 200],
    ],
  );
});

test("StepWork.release() returns the units that no other trainer holds", () => {
  const of = work(4, 2);
  const [left, right] = of.units;
  of.give(left!, "a", 0, 1000);
  of.give(right!, "a", 0, 1000);
  of.give(right!, "b", 0, 1000);
  const { orphans, poisoned } = of.release("a", false, 0, 10);
  assert.equal(names(orphans), "0-2");
  assert.deepEqual(poisoned, []);
  assert.equal(left!.lostBy.size, 0, "a goodbye is no loss");
  assert.equal(names(of.heldBy("b")), "2-4");
});

test("StepWork.release() reports a unit on which three trainers went silent, and waits longer each time", () => {
  const of = work(1, 1);
  const [unit] = of.units;
  const waits: number[] = [];
  for (let loss = 1; loss <= 11; loss++) {
    of.give(unit!, `t${loss}`, 0, 1000);
    const { poisoned } = of.release(`t${loss}`, true, 0, 100);
    if (loss < 3) assert.deepEqual(poisoned, []);
    else {
      assert.equal(names(poisoned), "0-1");
      waits.push((unit!.notBefore - 100) / 1000);
    }
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test("StepWork.release() does not blame a unit for trainers that were gone before they were given it", () => {
  const of = work(1, 1);
  const [unit] = of.units;
  for (const trainer of ["a", "b", "c", "d"]) {
    of.give(unit!, trainer, 1250, 1000);
    assert.deepEqual(of.release(trainer, true, 200, 1300).poisoned, []);
  }
  assert.equal(unit!.lostBy.size, 0);
});

test("StepWork.steal() halves the largest unit held by a single trainer, left half first", () => {
  const of = work(5, 2);
  assert.equal(names(of.units), "0-4 4-5");
  assert.equal(of.steal(), undefined, "nobody works on any");
  of.give(of.units[0]!, "a", 0, 1000);
  of.give(of.units[1]!, "b", 0, 1000);
  const half = of.steal();
  assert.deepEqual([names([half!]), half!.optional], ["0-2", true]);
  of.give(half!, "c", 0, 1000);
  assert.equal(names([of.steal()!]), "2-4");
  assert.equal(names(of.release("c", true, 0, 0).orphans), "", "a stolen half is part of another's work");
});

test("StepWork.steal() does not split a unit that may be killing its trainers", () => {
  const of = work(4, 1);
  const [unit] = of.units;
  for (const trainer of ["a", "b", "c"]) {
    of.give(unit!, trainer, 0, 1000);
    of.release(trainer, true, 0, 0);
  }
  of.give(unit!, "d", 2000, 1000);
  assert.equal(of.steal(), undefined);
});

test("StepWork.shift() shifts every timestamp", () => {
  const of = work(2, 1);
  const [unit] = of.units;
  of.give(unit!, "a", 100, 1000);
  unit!.notBefore = 50;
  unit!.repairs.set("a", { count: 1, at: 600 });
  of.shift(5000);
  assert.deepEqual([unit!.deadlineAt, unit!.notBefore, unit!.holders.get("a")], [6100, 5050, 5100]);
  assert.deepEqual(unit!.repairs.get("a"), { count: 1, at: 5600 });
});
