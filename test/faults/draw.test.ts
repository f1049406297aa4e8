import assert from "node:assert/strict";
import test from "node:test";
import { drawn, type Fault, faultText, kinds, localKinds, ownMs } from "./draw.ts";

function first(count: number, seed: number, only = kinds): Fault[] {
  const faults = drawn(seed, 3, only);
  return Array.from({ length: count }, () => faults.next().value);
}

test("drawn() is a function of its seed", () => {
  assert.deepEqual(first(60, 7), first(60, 7));
  assert.notDeepEqual(first(60, 7), first(60, 8));
});

test("drawn() deals each fault once before any is repeated", () => {
  const names = first(1000, 1).map(({ ms: _, ...fault }: Fault & { ms?: number }) => JSON.stringify(fault));
  const all = new Set(names).size;
  assert.equal(new Set(names.slice(0, all)).size, all);
  assert.equal(new Set(names.slice(all, 2 * all)).size, all);
  assert.deepEqual(new Set(first(all, 1).map(({ kind }) => kind)), new Set(kinds));
});

test("drawn() deals only the requested kinds, and refuses an empty list", () => {
  assert.deepEqual(new Set(first(50, 1, ["cut"]).map(({ kind }) => kind)), new Set(["cut"]));
  assert.throws(() => first(1, 1, []), RangeError);
});

test("drawn() deals a run in one process only faults that can happen to it", () => {
  const faults = drawn(1, null, localKinds);
  const dealt = Array.from({ length: localKinds.length }, () => faults.next().value);
  assert.deepEqual(new Set(dealt.map(({ kind }) => kind)), new Set(localKinds));
  for (const fault of dealt) if ("target" in fault) assert.equal(fault.target, "host");
});

test("ownMs() is a pause's length if all wait for it; the evaluator's counts beyond the run's patience", () => {
  const pace = { stepMs: 10, aheadMs: 1000 };
  assert.equal(ownMs({ kind: "pause", target: "trainer 1", ms: 500 }, pace), 0);
  assert.equal(ownMs({ kind: "pause", target: "coordinator", ms: 500 }, pace), 500);
  assert.equal(ownMs({ kind: "pause", target: "host", ms: 500 }, pace), 500);
  assert.equal(ownMs({ kind: "cut", target: "all", ms: 500 }, pace), 500);
  assert.equal(ownMs({ kind: "stall", target: "evaluator", ms: 1500 }, pace), 500);
  assert.equal(ownMs({ kind: "disk-full", ms: 900 }, pace), 0);
  assert.equal(ownMs({ kind: "broker-kill", ms: 900 }, pace), 900);
  assert.equal(ownMs({ kind: "kill", target: "coordinator" }, pace), 0);
});

test("ownMs() of a delay is the wait in each step, if the coordinator or every trainer is late", () => {
  const pace = { stepMs: 10, aheadMs: 1000 };
  assert.equal(ownMs({ kind: "delay", target: "coordinator", ms: 2000 }, pace), 1000);
  assert.equal(ownMs({ kind: "delay", target: "all", ms: 2000 }, { stepMs: 76, aheadMs: 0 }), 1000);
  for (const target of ["trainer 2", "evaluator", "data-env"] as const)
    assert.equal(ownMs({ kind: "delay", target, ms: 2000 }, pace), 0);
});

test("faultText() names the fault and its target", () => {
  assert.equal(faultText({ kind: "kill", target: "trainer 2" }), "SIGKILL trainer 2");
  assert.equal(faultText({ kind: "stall", target: "all", ms: 1500 }), "all hear and say nothing, 1.5 s");
});
