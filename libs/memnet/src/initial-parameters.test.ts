import assert from "node:assert/strict";
import { test } from "node:test";
import { parametersFrom } from "./checkpoint.ts";
import { modelConfig } from "./config/model.ts";
import { initialParameters } from "./initial-parameters.ts";
import { flatParameters, parameterLayout } from "./parameters.ts";
import { assertSameBytes, float32, golden, goldenModels } from "./testing/golden.ts";

for (const name of ["ntm-copy", "dnc-repeat-copy"]) {
  test(`initialParameters() equals golden ${name}.parameters to the byte`, () => {
    const file = golden(`${name}.parameters`);
    const model = modelConfig.parse(JSON.parse(file.metadata.config!));
    assertSameBytes(initialParameters(model, 1), parametersFrom(file, model), name);
  });
}

for (const name of goldenModels.filter((file) => /^(ff|lstm|mds)-/.test(file))) {
  test(`initialParameters() equals the initial values of golden ${name} to the byte`, () => {
    const file = golden(name);
    const model = modelConfig.parse(JSON.parse(file.metadata.config!));
    const initial = flatParameters(model, (tensor) => float32(file, `initial.${tensor}`));
    assertSameBytes(initialParameters(model, Number(file.metadata.seed)), initial, name);
  });
}

const model = modelConfig.parse({
  model: "ntm",
  input: 3,
  output: 2,
  hidden: 7,
  slots: 11,
  width: 5,
  reads: 2,
  writes: 1,
});

function tensor(parameters: Float32Array, name: string): Float32Array {
  const { offset, length } = parameterLayout(model).find((one) => one.name === name)!;
  return parameters.subarray(offset, offset + length);
}

test("initialParameters() draws kernels within 1/√fan and leaves biases 0, but the forget gate's 1", () => {
  const parameters = initialParameters(model, 4);
  const fans = { "controller.kernel": 7, "interface.kernel": 7, "output.kernel": 7 + 10 };
  for (const [name, fan] of Object.entries(fans)) {
    const values = tensor(parameters, name);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(largest < 1 / Math.sqrt(fan), `${name}: ${largest}`);
    assert.ok(largest > 0.8 / Math.sqrt(fan), `${name}: ${largest}`);
    assert.ok(values.some((value) => value < 0) && values.some((value) => value > 0));
  }
  assert.deepEqual(
    [...tensor(parameters, "controller.bias")].join(""),
    "0".repeat(7) + "1".repeat(7) + "0".repeat(14),
  );
  assert.ok(tensor(parameters, "interface.bias").every((value) => value === 0));
  assert.ok(tensor(parameters, "output.bias").every((value) => value === 0));
});

test("initialParameters() depends on the seed, and not on the number of slots", () => {
  assert.notDeepEqual(initialParameters(model, 1), initialParameters(model, 2));
  assertSameBytes(
    initialParameters(modelConfig.parse({ ...model, slots: 64 }), 1),
    initialParameters(model, 1),
    "more slots",
  );
});
