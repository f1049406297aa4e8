import assert from "node:assert/strict";
import { test } from "node:test";
import { modelConfig } from "./model.ts";

const dimensions = { input: 6, output: 5, hidden: 64, slots: 16, width: 16, reads: 4, writes: 1 };

test("modelConfig takes shifts to be 3 where an NTM does not say", () => {
  assert.deepEqual(modelConfig.parse({ model: "ntm", ...dimensions }), {
    model: "ntm",
    ...dimensions,
    shifts: 3,
  });
  assert.deepEqual(modelConfig.parse({ model: "dnc", ...dimensions }), { model: "dnc", ...dimensions });
});

test("modelConfig refuses sizes below 1, fractions, NaN and even shifts", () => {
  for (const name of Object.keys(dimensions)) {
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "4", null]) {
      const result = modelConfig.safeParse({ model: "dnc", ...dimensions, [name]: size });
      assert.equal(result.success, false, `${name} ${size}`);
    }
  }
  for (const shifts of [0, 2, 4]) {
    assert.equal(modelConfig.safeParse({ model: "ntm", ...dimensions, shifts }).success, false);
  }
});

test("modelConfig refuses what is not a dimension of the model", () => {
  assert.equal(modelConfig.safeParse({ model: "dnc", ...dimensions, shifts: 3 }).success, false);
  assert.equal(modelConfig.safeParse({ model: "dnc", ...dimensions, layers: 1 }).success, false);
  assert.equal(modelConfig.safeParse({ model: "lstm", ...dimensions }).success, false);
});
