import assert from "node:assert/strict";
import { test } from "node:test";
import { dnc, ntm } from "../../wasm/testing.ts";
import { layout, recordLayout } from "../layout.ts";
import { dncHeld } from "./dnc/access.ts";
import { heldFields } from "./held.ts";
import { ntmHeld } from "./ntm/access.ts";

const small = layout({ a: 3, b: 5, c: 2, memory: 7, d: 4 });

test("heldFields() lays spans one behind the other, each field where its span has it", () => {
  const { arrays, places, functions } = heldFields(
    small,
    [["after", "b", "c"], "memory", ["before", "c", "c"]],
    1000,
  );
  assert.deepEqual(Object.fromEntries(arrays), { recalled: 7, held: 9 });
  assert.deepEqual(Object.fromEntries(places), {
    "after.b": "held[0u + ",
    "after.c": "held[5u + ",
    "before.memory": "recalled[",
    "after.memory": "recalled[",
    "before.c": "held[7u + ",
  });
  assert.match(
    functions,
    /place < 9u; .* = kept\[select\(before \+ 8u \+ place - 7u, after \+ 3u \+ place - 0u, place < 7u\)\]/,
  );
  assert.match(functions, /recalled\[place\] = kept\[record \+ 10u \+ place\];/);
});

test("heldFields() leaves out what there is no room for, and goes on with what is smaller", () => {
  const spans = [["after", "a", "b"], "memory", ["before", "c", "c"]] as const;
  const names = (bytes: number) => [...heldFields(small, spans, bytes).places.keys()];
  assert.deepEqual(names(4 * 10), ["after.a", "after.b", "before.c"]);
  assert.deepEqual(names(4 * 10 - 1), ["after.a", "after.b"]);
  assert.deepEqual(names(4 * 7), ["before.memory", "after.memory"]);
  assert.deepEqual(names(-100), []);
  assert.match(heldFields(small, spans, 0).functions, /fn hold\(\) { *}\nfn recall\(.*\) { *}/);
});

for (const [model, spans] of [
  [ntm(), ntmHeld],
  [dnc(), dncHeld],
] as const) {
  test(`the spans of ${model.model} are fields that its records have, and none twice`, () => {
    const held = heldFields(recordLayout(model, true), spans, 2 ** 20);
    assert.equal(held.arrays.get("recalled"), model.slots * model.width);
    const places = [...held.places].filter(([name]) => !name.endsWith(".memory")).map(([, place]) => place);
    assert.equal(new Set(places).size, places.length);
    for (const name of ["after.fields", "after.weights", "before.norms", "before.weights"]) {
      assert.ok(held.places.has(name), name);
    }
  });
}
