import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, type TrainingConfig } from "memnet";
import { Prepared } from "./prepared.ts";
import { smallConfig } from "./testing.ts";

const { training } = smallConfig();
const trainedWith = (engine: TrainingConfig["engine"]) => ({
  training: { ...training, engine },
  taskFile: null,
});

test("Prepared.for() measures a GPU run on the CPU, and any other run with its own engine", async () => {
  const made: string[] = [];
  const prepared = new Prepared((name, model) => {
    made.push(name);
    return createEngine(name, model);
  });
  for (const engine of ["webgpu", "tfjs-node", "wasm", "tfjs-cpu"] as const) {
    await prepared.for(trainedWith(engine));
  }
  prepared.dispose();
  assert.deepEqual(made, ["wasm", "wasm", "wasm", "tfjs-cpu"]);
});

test("Prepared.for() creates one engine for successive jobs of one run", async () => {
  const prepared = new Prepared();
  const { engine } = await prepared.for(trainedWith("wasm"));
  assert.equal((await prepared.for(trainedWith("wasm"))).engine, engine);
  prepared.dispose();
});
