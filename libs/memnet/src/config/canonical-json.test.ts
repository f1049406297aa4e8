import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, differingPaths, valueAt } from "./canonical-json.ts";

test("canonicalJson() is the same for any order of keys, at any depth", () => {
  const one = { b: { d: 1, c: [2, { f: 3, e: null }] }, a: "x" };
  const other = { a: "x", b: { c: [2, { e: null, f: 3 }], d: 1 } };
  assert.equal(canonicalJson(one), '{"a":"x","b":{"c":[2,{"e":null,"f":3}],"d":1}}');
  assert.equal(canonicalJson(other), canonicalJson(one));
});

test("canonicalJson() keeps the order of arrays", () => {
  assert.notEqual(canonicalJson([1, 2]), canonicalJson([2, 1]));
});

test("differingPaths() names each setting that differs, and no other", () => {
  const memory = { slots: 16, width: 16 };
  assert.deepEqual(differingPaths({ memory, seed: 1 }, { seed: 1, memory: { ...memory } }), []);
  assert.deepEqual(differingPaths({ memory, seed: 1 }, { memory: { ...memory, slots: 64 }, seed: 2 }), [
    "memory.slots",
    "seed",
  ]);
  assert.deepEqual(differingPaths({ length: [1, 2] }, { length: [1, 3] }), ["length"]);
  assert.deepEqual(differingPaths({ memory }, { memory: null }), ["memory"]);
});

test("differingPaths() takes a missing value and null for the same", () => {
  assert.deepEqual(differingPaths({ until: null }, {}), []);
  assert.deepEqual(differingPaths({}, { until: 1 }), ["until"]);
});

test("valueAt() follows a path, to own values alone", () => {
  assert.equal(valueAt({ memory: { slots: 16 } }, "memory.slots"), 16);
  assert.equal(valueAt({ memory: { slots: 16 } }, "memory.slots.deeper"), undefined);
  assert.equal(valueAt({ memory: {} }, "memory.constructor"), undefined);
  assert.equal(valueAt(null, "memory"), undefined);
});
