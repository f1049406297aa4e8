import assert from "node:assert/strict";
import { test } from "node:test";
import { modelConfig } from "./config/model.ts";
import { parameterCount, parameterLayout } from "./parameters.ts";

const ntm = { model: "ntm", input: 10, output: 8, hidden: 100, slots: 128, width: 20, reads: 1, writes: 1 };
const dnc = { model: "dnc", input: 6, output: 5, hidden: 64, slots: 16, width: 16, reads: 4, writes: 1 };

test("parameterCount() of the presets is 62,660 and 43,980", () => {
  assert.equal(parameterCount(modelConfig.parse(ntm)), 62_660);
  assert.equal(parameterCount(modelConfig.parse(dnc)), 43_980);
});

test("parameterCount() of the variants is that of docs/model.md §2", () => {
  assert.equal(parameterCount(modelConfig.parse({ ...ntm, controller: "feedforward" })), 13_360);
  assert.equal(
    parameterCount(modelConfig.parse({ model: "lstm", input: 10, output: 8, hidden: 100 })),
    45_208,
  );
  const all = { masked: true, deallocate: true, sharpen: true };
  assert.equal(parameterCount(modelConfig.parse({ ...dnc, ...all })), 49_700);
});

test("parameterLayout() of an LSTM has four tensors with the numbers that they have elsewhere", () => {
  const layout = parameterLayout(modelConfig.parse({ model: "lstm", input: 3, output: 2, hidden: 7 }));
  assert.deepEqual(
    layout.map(({ index, name, shape }) => [index, name, shape]),
    [
      [0, "controller.kernel", [28, 10]],
      [1, "controller.bias", [28]],
      [4, "output.kernel", [2, 7]],
      [5, "output.bias", [2]],
    ],
  );
});

test("parameterLayout() has the six tensors one after the other in the order of docs/model.md §2", () => {
  const model = modelConfig.parse({
    model: "dnc",
    input: 3,
    output: 2,
    hidden: 7,
    slots: 11,
    width: 5,
    reads: 3,
    writes: 2,
  });
  const layout = parameterLayout(model);
  assert.deepEqual(
    layout.map(({ name, shape }) => [name, shape]),
    [
      ["controller.kernel", [28, 3 + 15 + 7]],
      ["controller.bias", [28]],
      ["interface.kernel", [72, 7]],
      ["interface.bias", [72]],
      ["output.kernel", [2, 7 + 15]],
      ["output.bias", [2]],
    ],
  );
  let end = 0;
  for (const { offset, length, shape } of layout) {
    assert.equal(offset, end);
    assert.equal(
      length,
      shape.reduce((product, size) => product * size, 1),
    );
    end += length;
  }
  assert.equal(end, parameterCount(model));
});

test("parameterCount() does not depend on the number of slots", () => {
  assert.equal(parameterCount(modelConfig.parse({ ...dnc, slots: 64 })), 43_980);
});
