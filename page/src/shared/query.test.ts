import assert from "node:assert/strict";
import { test } from "node:test";
import { changedQuery, listOf, namesIn } from "./query.ts";

test("changedQuery() sets and omits names, and keeps the others in their places", () => {
  assert.equal(changedQuery("", { seed: "7" }), "?seed=7");
  assert.equal(changedQuery("?seed=7&x=time", { seed: "8", with: "a,b" }), "?seed=8&x=time&with=a,b");
  assert.equal(changedQuery("?seed=7&x=time", { seed: null, none: null }), "?x=time");
  assert.equal(changedQuery("?seed=7", { seed: null }), "");
  assert.equal(changedQuery("", { q: "a b&c" }), "?q=a+b%26c");
});

test("namesIn() reads what listOf() writes", () => {
  assert.equal(listOf(["a", "b"]), "a,b");
  for (const names of [["a", "b"], ["1,2", "~c", "~"], [""], ["", "a"]])
    assert.deepEqual(namesIn(listOf(names)), names);
  assert.deepEqual([listOf([]), namesIn(null), namesIn("")], [null, [], []]);
});
