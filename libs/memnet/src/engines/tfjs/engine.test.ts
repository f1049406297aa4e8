import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../config/model.ts";
import { checkGolden, goldenModel } from "../../golden.ts";
import { parameterCount } from "../../parameters.ts";
import { golden, goldenModels } from "../../testing/golden.ts";
import { createTfjsEngine } from "./engine.ts";
import { seeded } from "./testing.ts";

const ntm: ModelConfig = {
  model: "ntm",
  input: 3,
  output: 2,
  hidden: 5,
  slots: 7,
  width: 4,
  reads: 2,
  writes: 1,
  shifts: 3,
};
const dnc: ModelConfig = {
  model: "dnc",
  input: 3,
  output: 2,
  hidden: 5,
  slots: 7,
  width: 4,
  reads: 1,
  writes: 2,
};

const variants: ModelConfig[] = [
  { ...ntm, controller: "feedforward" },
  { ...dnc, masked: true, deallocate: true, sharpen: true },
  { model: "lstm", input: 3, output: 2, hidden: 5, slots: 0, width: 0, reads: 0, writes: 0 },
];

function example(model: ModelConfig, seed = 1, times = 3, sequences = 2) {
  const random = seeded(seed);
  const fill = (length: number, value: () => number) => Float32Array.from({ length }, value);
  const bit = () => (random() < 0.5 ? 0 : 1);
  return {
    parameters: fill(parameterCount(model), () => random() - 0.5),
    batch: {
      times,
      sequences,
      x: fill(times * sequences * model.input, bit),
      y: fill(times * sequences * model.output, bit),
      mask: fill(times * sequences, () => 1),
    },
  };
}

test("the golden folder has the files of all models", () => {
  assert.equal(goldenModels.length, 17);
});

for (const name of goldenModels) {
  for (const backend of ["cpu", "wasm"] as const) {
    test(`createTfjsEngine(${backend}) gives the golden numbers of ${name}`, async () => {
      const file = golden(name);
      const engine = await createTfjsEngine(backend, goldenModel(file));
      const result = await checkGolden(engine, file);
      assert.ok(result.pass, JSON.stringify(result));
    });
  }
}

for (const [model, backend] of [
  [ntm, "cpu"],
  [dnc, "wasm"],
  ...variants.map((model) => [model, "wasm"] as const),
] as const) {
  test(`gradient() of ${JSON.stringify(model)} on ${backend} leaks no tensor in 100 steps`, async () => {
    const engine = await createTfjsEngine(backend, model);
    const { parameters, batch } = example(model, 1, 2, 1);
    const into = new Float32Array(parameters.length);
    await engine.gradient(parameters, batch, into);
    const { numTensors } = tf.memory();
    for (let step = 0; step < 100; step++) await engine.gradient(parameters, batch, into);
    await engine.evaluate(parameters, batch);
    await engine.trace(parameters, batch);
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

test("gradient() gives the same bits again, and when engines on two backends take turns", async () => {
  const engines = [await createTfjsEngine("cpu", dnc), await createTfjsEngine("wasm", dnc)];
  const { parameters, batch } = example(dnc);
  const alone = new Map<string, Float32Array>();
  for (const engine of engines) {
    const into = new Float32Array(parameters.length);
    await engine.gradient(parameters, batch, into);
    alone.set(engine.name, into);
  }
  await Promise.all(
    [...engines, ...engines].map(async (engine) => {
      const into = new Float32Array(parameters.length);
      await engine.gradient(parameters, batch, into);
      assert.deepEqual(into, alone.get(engine.name));
    }),
  );
});

test("gradient() is a sum over sequences, and ignores what the mask covers", async () => {
  for (const model of [ntm, dnc, ...variants]) {
    const engine = await createTfjsEngine("cpu", model);
    const { parameters, batch } = example(model, 2, 4, 1);
    const once = new Float32Array(parameters.length);
    const loss = await engine.gradient(parameters, batch, once);
    const twice = (array: Float32Array, width: number) =>
      Float32Array.from({ length: 2 * array.length }, (_, place) => {
        const time = Math.floor(place / (2 * width));
        return array[time * width + (place % width)]!;
      });
    // A time more, unlike 0 but masked, and every sequence twice.
    const longer = {
      times: 5,
      sequences: 2,
      x: Float32Array.of(...twice(batch.x, model.input), ...new Float32Array(2 * model.input).fill(1)),
      y: Float32Array.of(...twice(batch.y, model.output), ...new Float32Array(2 * model.output).fill(1)),
      mask: Float32Array.of(...twice(batch.mask, 1), 0, 0),
    };
    const into = new Float32Array(parameters.length);
    const doubled = await engine.gradient(parameters, longer, into);
    assert.ok(Math.abs(doubled - 2 * loss) < 1e-5, `${doubled} is not twice ${loss}`);
    for (const [place, value] of into.entries()) assert.ok(Math.abs(value - 2 * once[place]!) < 1e-5);
    const evaluation = await engine.evaluate(parameters, longer);
    assert.ok(Math.abs(evaluation.loss - doubled) < 1e-5);
  }
});

test("trace() has the shapes of traceShapes()", async () => {
  const shapes = async (model: ModelConfig) => {
    const engine = await createTfjsEngine("wasm", model);
    const { parameters, batch } = example(model);
    const trace = await engine.trace(parameters, batch);
    for (const { shape, data } of Object.values(trace)) {
      assert.equal(
        data.length,
        shape.reduce((product, size) => product * size, 1),
      );
      assert.deepEqual(shape.slice(0, 2), [3, 2]);
    }
    return Object.fromEntries(
      Object.entries(trace).map(([name, { shape }]) => [name, shape.slice(2).join("×")]),
    );
  };
  assert.deepEqual(await shapes(ntm), {
    logits: "2",
    memory: "7×4",
    writeWeights: "1×7",
    readWeights: "2×7",
    add: "1×4",
    writeStrength: "1",
    readStrength: "2",
    writeGate: "1",
    readGate: "2",
    writeShift: "1×3",
    readShift: "2×3",
    writeSharpen: "1",
    readSharpen: "2",
  });
  assert.deepEqual(await shapes(dnc), {
    logits: "2",
    memory: "7×4",
    writeWeights: "2×7",
    readWeights: "1×7",
    add: "2×4",
    writeStrength: "2",
    readStrength: "1",
    writeGate: "2",
    usage: "7",
    allocationWeights: "2×7",
    contentWeights: "2×7",
    allocationGate: "2",
    freeGate: "1",
    readMode: "1×5",
    link: "2×7×7",
  });
  assert.deepEqual(await shapes(variants[2]!), { logits: "2" });
});

test("the engine refuses arrays of wrong lengths and an empty batch", async () => {
  const engine = await createTfjsEngine("cpu", ntm);
  const { parameters, batch } = example(ntm);
  const into = new Float32Array(parameters.length);
  const wrong = (changed: object) => engine.gradient(parameters, { ...batch, ...changed }, into);
  await assert.rejects(engine.evaluate(parameters.subarray(1), batch), RangeError);
  await assert.rejects(engine.gradient(parameters, batch, into.subarray(1)), RangeError);
  for (const name of ["x", "y", "mask"])
    await assert.rejects(wrong({ [name]: new Float32Array(5) }), RangeError);
  await assert.rejects(wrong({ times: 0 }), RangeError);
});

test("createTfjsEngine(node) names the package it needs", async (t) => {
  try {
    const engine = await createTfjsEngine("node", ntm);
    assert.equal(engine.name, "tfjs-node");
    t.skip("the package is installed");
  } catch (error) {
    assert.match((error as Error).message, /@tensorflow\/tfjs-node/);
  }
});
