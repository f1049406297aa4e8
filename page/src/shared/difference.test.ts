import assert from "node:assert/strict";
import { test } from "node:test";
import { differencesOf, leavesOf } from "./difference.ts";

test("differencesOf() lists the settings that differ by path, and those that one side lacks", () => {
  const one = { memory: { slots: 16, width: 8 }, seed: 1, until: null, task: { length: [1, 20] } };
  const other = {
    memory: { slots: 32, width: 8, masked: true },
    seed: 1,
    until: null,
    task: { length: [1, 9] },
  };
  assert.deepEqual(differencesOf(one, other), [
    { path: "memory.slots", one: "16", other: "32" },
    { path: "task.length", one: "1 … 20", other: "1 … 9" },
    { path: "memory.masked", one: "", other: "true" },
  ]);
  assert.deepEqual(differencesOf(one, structuredClone(one)), []);
});

test("leavesOf() writes ranges, lists of objects and what is not set", () => {
  assert.deepEqual(leavesOf({ a: { b: [1, 2] }, c: null, d: [{ from: 1 }] }), [
    ["a.b", "1 … 2"],
    ["c", "none"],
    ["d", '[{"from":1}]'],
  ]);
});
