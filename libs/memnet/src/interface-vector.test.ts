import assert from "node:assert/strict";
import { test } from "node:test";
import { modelConfig } from "./config/model.ts";
import { headFields, interfaceWidth } from "./interface-vector.ts";

const sizes = { input: 3, output: 2, hidden: 7, slots: 11, width: 5 };

test("interfaceWidth() of an NTM is K(3W + S + 3) + R(W + S + 3)", () => {
  for (const [reads, writes, shifts] of [
    [1, 1, 3],
    [3, 2, 5],
    [2, 4, 1],
  ] as const) {
    const model = modelConfig.parse({ model: "ntm", ...sizes, reads, writes, shifts });
    assert.equal(interfaceWidth(model), writes * (3 * 5 + shifts + 3) + reads * (5 + shifts + 3));
  }
});

test("interfaceWidth() of a DNC is K(3W + 3) + R(W + 2 + 2K + 1)", () => {
  for (const [reads, writes] of [
    [1, 1],
    [4, 1],
    [2, 3],
  ] as const) {
    const model = modelConfig.parse({ model: "dnc", ...sizes, reads, writes });
    assert.equal(interfaceWidth(model), writes * (3 * 5 + 3) + reads * (5 + 2 + 2 * writes + 1));
  }
});

test("interfaceWidth() of the presets is 92 and 135", () => {
  const ntm = { model: "ntm", input: 10, output: 8, hidden: 100, slots: 128, width: 20, reads: 1, writes: 1 };
  const dnc = { model: "dnc", input: 6, output: 5, hidden: 64, slots: 16, width: 16, reads: 4, writes: 1 };
  assert.equal(interfaceWidth(modelConfig.parse(ntm)), 92);
  assert.equal(interfaceWidth(modelConfig.parse(dnc)), 135);
});

test("headFields() has the fields of docs/model.md §5.1 and §6.1, in order", () => {
  const ntm = headFields(modelConfig.parse({ model: "ntm", ...sizes, reads: 1, writes: 1 }));
  const dnc = headFields(modelConfig.parse({ model: "dnc", ...sizes, reads: 1, writes: 2 }));
  const names = (fields: readonly (readonly [string, number])[]): string =>
    fields.map(([name, width]) => `${name}:${width}`).join(" ");
  assert.equal(names(ntm.write), "key:5 strength:1 gate:1 shift:3 sharpen:1 erase:5 add:5");
  assert.equal(names(ntm.read), "key:5 strength:1 gate:1 shift:3 sharpen:1");
  assert.equal(names(dnc.write), "key:5 strength:1 allocationGate:1 writeGate:1 erase:5 add:5");
  assert.equal(names(dnc.read), "key:5 strength:1 freeGate:1 mode:5");
});
