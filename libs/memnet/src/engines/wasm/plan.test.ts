import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { wasmPlan } from "./plan.ts";
import { dnc, ntm } from "./testing.ts";
import { wordNames } from "./words.ts";

for (const model of [
  ntm({ shifts: 5 }),
  ntm({ slots: 128, width: 20, hidden: 100 }),
  dnc({ writes: 3, slots: 33 }),
]) {
  test(`wasmPlan() gives every word of ${model.model} with ${model.slots} slots, places on cache lines`, () => {
    const { words, tables, bytes } = wasmPlan(model, { times: 5, keptTimes: 4, sequences: 19 });
    for (const name of wordNames) {
      // The other model's parts are nowhere.
      if (words[name] === undefined) assert.fail(`${name} is missing`);
      assert.ok(Number.isSafeInteger(words[name]) && words[name] >= 0, `${name} is ${words[name]}`);
    }
    for (const { place, numbers } of tables) {
      assert.equal(place % 64, 0);
      assert.ok(place + 4 * numbers.length <= bytes, `a table at ${place} reaches past ${bytes}`);
    }
  });

  test(`wasmPlan() of ${model.model} with ${model.slots} slots grows by batch rows alone beyond a chunk`, () => {
    const bytes = (sequences: number) => wasmPlan(model, { times: 10, keptTimes: 10, sequences }).bytes;
    const more = bytes(1040) - bytes(40);
    assert.ok(more <= 4 * 1000 * 10 * (model.input + model.output + 1) + 3 * 64, `${more} bytes`);
  });
}

test("wasmPlan() takes the same chunk whatever there is room for", () => {
  const chunk = (times: number, sequences: number) =>
    wasmPlan(ntm(), { times, keptTimes: times, sequences }).chunk;
  assert.equal(chunk(1, 1), chunk(500, 300));
});

test("wasmPlan() refuses more than 32-bit addresses reach, with the number", () => {
  const room = { times: 100_000, keptTimes: 100_000, sequences: 4 };
  assert.throws(() => wasmPlan(ntm({ slots: 1024 }), room), {
    name: "RangeError",
    message: /for 4 sequences of 100000 times in WebAssembly: .* at most 4294901760 bytes, it takes \d+$/,
  });
});

test("the module takes its words in the order of wordNames", () => {
  const text = readFileSync(new URL("../../../assembly/plan.ts", import.meta.url), "utf8");
  const taken = Array.from(text.matchAll(/(\w+) = load<u32>\(header, (\d+)\)/g), ([, name, place]) => [
    name,
    Number(place),
  ]);
  assert.deepEqual(
    taken,
    wordNames.map((name, index) => [name, 4 * index]),
  );
});
