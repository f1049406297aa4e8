import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask } from "../tasks/registry.ts";
import { preset } from "./presets.ts";
import { runConfig } from "./settings.ts";
import {
  microBatchCount,
  modelOf,
  type TrainingConfig,
  taskSettings,
  trainingConfig,
  trainingHash,
} from "./training.ts";

const repeatCopy = builtInTask("repeat-copy");
const { training } = runConfig({ ...preset("dnc-repeat-copy"), engine: "tfjs-cpu" }, repeatCopy);

test("trainingHash() is the same for any order of keys", () => {
  const turned = trainingConfig.parse(Object.fromEntries(Object.entries(training).reverse()));
  const inside = { ...training, memory: { width: 16, slots: 16 } };
  assert.equal(trainingHash(turned), trainingHash(training));
  assert.equal(trainingHash(inside), trainingHash(training));
  assert.match(trainingHash(training), /^[0-9a-f]{64}$/);
});

test("trainingHash() survives JSON and changes with every setting", () => {
  assert.equal(
    trainingHash(trainingConfig.parse(JSON.parse(JSON.stringify(training)))),
    trainingHash(training),
  );
  for (const change of [
    { seed: 2 },
    { microBatch: 8 },
    { engine: "tfjs-wasm" },
    { nonFinite: "fail" as const },
    { memory: { slots: 16, width: 17 } },
    { task: { ...training.task, length: [1, 3] as [number, number] } },
  ]) {
    assert.notEqual(trainingHash({ ...training, ...change } as TrainingConfig), trainingHash(training));
  }
});

test("modelOf() takes input and output from the task", () => {
  assert.deepEqual(modelOf(training, repeatCopy), {
    model: "dnc",
    input: 6,
    output: 5,
    hidden: 64,
    slots: 16,
    width: 16,
    reads: 4,
    writes: 1,
  });
});

test("taskSettings() leaves out the name and the hash", () => {
  const task = { ...training.task, sha256: "0".repeat(64) };
  assert.deepEqual(taskSettings({ ...training, task } as TrainingConfig), {
    bits: 4,
    length: [1, 2],
    repeats: [1, 2],
  });
});

test("microBatchCount() is the leaves of a step's tree", () => {
  assert.equal(microBatchCount(training), 4);
  assert.equal(microBatchCount({ ...training, microBatch: 16 }), 1);
});

test("taskSettings() cannot be written into", () => {
  const settings = taskSettings(training);
  assert.deepEqual(settings, { bits: 4, length: [1, 2], repeats: [1, 2] });
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.length));
});
