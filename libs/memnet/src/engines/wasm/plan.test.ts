import assert from "node:assert/strict";
import { test } from "node:test";
import { wasmPlan } from "./plan.ts";
import { dnc, ntm } from "./testing.ts";

for (const model of [
  ntm({ shifts: 5 }),
  ntm({ slots: 128, width: 20, hidden: 100 }),
  dnc({ writes: 3, slots: 33 }),
]) {
  test(`wasmPlan() lays out ${model.model} with ${model.slots} slots, places on cache lines`, () => {
    const { layout, tables, bytes } = wasmPlan(model, { times: 5, keptTimes: 4, sequences: 19 });
    for (const [name, value] of Object.entries(layout)) {
      assert.ok(Number.isSafeInteger(value) && value >= 0, `${name} is ${value}`);
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
