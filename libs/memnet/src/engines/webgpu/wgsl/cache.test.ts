import assert from "node:assert/strict";
import { test } from "node:test";
import { dnc, ntm } from "../../wasm/testing.ts";
import { layout, recordLayout } from "../layout.ts";
import { accessOf } from "./access.ts";
import { cacheFields } from "./cache.ts";

const small = layout({ a: 3, b: 5, c: 2, memory: 7, d: 4 });

test("cacheFields() puts spans one after another, with the fields of each in order", () => {
  const { arrays, starts, functions } = cacheFields(
    small,
    [["after", "b", "c"], "memory", ["before", "c", "c"]],
    1000,
  );
  assert.deepEqual(Object.fromEntries(arrays), { cachedMemory: 7, cached: 9 });
  assert.deepEqual(Object.fromEntries(starts), {
    "after.b": "cached[0u + ",
    "after.c": "cached[5u + ",
    "before.memory": "cachedMemory[",
    "after.memory": "cachedMemory[",
    "before.c": "cached[7u + ",
  });
  assert.match(
    functions,
    /place < 9u\) { .* = kept\[select\(before \+ 8u \+ place - 7u, after \+ 3u \+ place - 0u, place < 7u\)\]/,
  );
  assert.match(functions, /cachedMemory\[place\] = kept\[record \+ 10u \+ place\];/);
});

test("cacheFields() skips a span that is too large and takes smaller ones after it", () => {
  const spans = [["after", "a", "b"], "memory", ["before", "c", "c"]] as const;
  const names = (bytes: number) => [...cacheFields(small, spans, bytes).starts.keys()];
  assert.deepEqual(names(4 * 10), ["after.a", "after.b", "before.c"]);
  assert.deepEqual(names(4 * 10 - 1), ["after.a", "after.b"]);
  assert.deepEqual(names(4 * 7), ["before.memory", "after.memory"]);
  assert.deepEqual(names(-100), []);
  assert.match(cacheFields(small, spans, 0).functions, /fn fillCache\(\) { *}\nfn loadMemory\(.*\) { *}/);
});

for (const model of [ntm(), dnc()]) {
  test(`the cached spans of ${model.model} are fields of its records, each once`, () => {
    const cache = cacheFields(recordLayout(model, true), accessOf(model)!.cached, 2 ** 20);
    assert.equal(cache.arrays.get("cachedMemory"), model.slots * model.width);
    const places = [...cache.starts].filter(([name]) => !name.endsWith(".memory")).map(([, place]) => place);
    assert.equal(new Set(places).size, places.length);
    for (const name of ["after.fields", "after.weights", "before.norms", "before.weights"]) {
      assert.ok(cache.starts.has(name), name);
    }
  });
}
