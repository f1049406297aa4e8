import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "../testing/fake-engine.ts";
import { skipWithoutGpu } from "../testing/software-gpu.ts";
import { chooseEngine, createEngine, engineNames, isEngineName } from "./registry.ts";

const { model } = smallConfig();

test("createEngine() refuses an unknown name, and asks whether a similar one was meant", async () => {
  await assert.rejects(createEngine("abacus", model), {
    name: "RangeError",
    message: `Unknown engine "abacus": it must be auto or one of ${engineNames.join(", ")}`,
  });
  for (const name of ["tfjs-cpu ", "tfjs-cup"]) {
    const message = `Unknown engine ${JSON.stringify(name)}; did you mean tfjs-cpu?`;
    await assert.rejects(createEngine(name, model), { name: "RangeError", message });
  }
  for (const name of ["", "constructor"]) await assert.rejects(createEngine(name, model), RangeError);
});

test("createEngine() gives an engine of that name and model", async () => {
  const engine = await createEngine("tfjs-cpu", model);
  assert.equal(engine.name, "tfjs-cpu");
  assert.deepEqual(engine.model, model);
  engine.dispose();
});

test("chooseEngine() takes what is wanted, and with auto one that works, saying why not an installed faster one", async () => {
  assert.deepEqual(await chooseEngine("tfjs-cpu", model), { name: "tfjs-cpu", refused: [] });
  const choice = await chooseEngine("auto", model);
  assert.ok(isEngineName(choice.name));
  const faster = engineNames.slice(0, engineNames.indexOf(choice.name));
  for (const name of faster) {
    const why = await createEngine(name, model, { software: false }).then(() => "", String);
    const isInstalled = !/which could not be loaded/.test(why);
    assert.equal(
      choice.refused.some((one) => one.name === name),
      isInstalled,
      why,
    );
  }
  for (const { why } of choice.refused) assert.ok(why.length > 0);
  await assert.rejects(chooseEngine("none", model), RangeError);
});

test("chooseEngine() accepts a software GPU by name, and says why auto does not", {
  skip: await skipWithoutGpu(),
}, async () => {
  assert.deepEqual(await chooseEngine("webgpu", model), { name: "webgpu", refused: [] });
  const { name, refused } = await chooseEngine("auto", model);
  const why = refused.find((one) => one.name === "webgpu")?.why ?? "";
  if (process.env.MEMNET_TEST_GPU) assert.equal(name, "webgpu");
  else assert.match(why, /the only GPU here is software \(.*SwiftShader.*\), slower than engine wasm/);
});
