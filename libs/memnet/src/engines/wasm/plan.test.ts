import assert from "node:assert/strict";
import { test } from "node:test";
import { wasmPlan } from "./plan.ts";
import { dnc, ntm } from "./testing.ts";

for (const model of [
  ntm({ shifts: 5 }),
  ntm({ slots: 128, width: 20, hidden: 100 }),
  dnc({ writes: 3, slots: 33 }),
]) {
  test(`wasmPlan() lays out ${model.model} with ${model.slots} slots on cache lines`, () => {
    const { layout, tables, bytes } = wasmPlan(model, { times: 5, keptTimes: 4, sequences: 19 });
    for (const [name, value] of Object.entries(layout)) {
      assert.ok(Number.isSafeInteger(value) && value >= 0, `${name} is ${value}`);
    }
    for (const { address, numbers } of tables) {
      assert.equal(address % 64, 0);
      assert.ok(address + 4 * numbers.length <= bytes, `a table at ${address} reaches past ${bytes}`);
    }
  });

  test(`wasmPlan() of ${model.model} with ${model.slots} slots grows by batch rows alone beyond a chunk`, () => {
    const bytes = (sequences: number) => wasmPlan(model, { times: 10, keptTimes: 10, sequences }).bytes;
    const more = bytes(1040) - bytes(40);
    assert.ok(more <= 4 * 1000 * 10 * (model.input + model.output + 1) + 3 * 64, `${more} bytes`);
  });
}

test("wasmPlan() takes the same chunk at any capacity", () => {
  const chunk = (times: number, sequences: number) =>
    wasmPlan(ntm(), { times, keptTimes: times, sequences }).chunk;
  assert.equal(chunk(1, 1), chunk(500, 300));
});

test("wasmPlan() names the bytes that 32-bit addresses cannot reach", () => {
  const capacity = { times: 100_000, keptTimes: 100_000, sequences: 4 };
  assert.throws(() => wasmPlan(ntm({ slots: 1024 }), capacity), {
    name: "RangeError",
    message: /for 4 sequences of 100000 times in WebAssembly: .* at most 4294901760 bytes, got \d+$/,
  });
});
