import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask } from "../tasks/registry.ts";
import { type PresetName, preset, presetConfig } from "./presets.ts";
import { runConfig } from "./settings.ts";
import {
  microBatchCount,
  modelOf,
  stagesOf,
  type TrainingConfig,
  taskSettings,
  taskSettingsAt,
  trainingConfig,
  trainingHash,
  writtenTraining,
} from "./training.ts";

const repeatCopy = builtInTask("repeat-copy");
const { training } = runConfig({ ...preset("original-dnc-repeat-copy"), engine: "tfjs-cpu" }, repeatCopy);
assert.ok(training.model === "dnc");
const { memory } = training;

test("trainingHash() is the same for any order of keys", () => {
  const turned = trainingConfig.parse(Object.fromEntries(Object.entries(training).reverse()));
  const { slots, width, ...switches } = memory;
  const inside = { ...training, memory: { ...switches, width, slots } };

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
    { memory: { ...memory, width: 17 } },
    { memory: { ...memory, masked: true } },
    { controller: { ...training.controller, kind: "feedforward" as const } },
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

test("trainingHash() of a configuration without newer settings is what it always was", () => {
  const hashes: Readonly<Partial<Record<PresetName, string>>> = {
    "original-ntm-copy": "17fc40fcd0e2ff6c9f374d17775d0b004976ffc033404948440cc0f03c561a90",
    "original-dnc-repeat-copy": "11b026d66bad13e7d599a8fdaa9bcfbae83b01c64ae8bbd68534abb41a74c35e",
    "original-ntm-copy-20": "af1c38a6a4d6fca787af2bfa9417c1f2e251223a551e25c1a5246f9974427b0c",
    "original-dnc-repeat-copy-fast": "9b9fd767b1433ef66a2a5f29d1ceeabfcab3cae8db2373fe95522dfa24a5edf4",
  };
  for (const [name, hash] of Object.entries(hashes) as [PresetName, string][]) {
    const { training } = presetConfig(name, { engine: "wasm" });
    assert.equal(trainingHash(training), hash, name);
    assert.deepEqual(trainingConfig.parse(writtenTraining(training)), training);
  }
});

test("trainingHash() tells every newer setting that changes the bits, and reads it back", () => {
  const schedule = { decay: "linear", over: 10 };
  const changes = [
    { optimizer: { momentum: 0.9 } },
    { optimizer: { schedule } },
    { optimizer: { schedule: { warmup: 5 } } },
    { clip: { norm: 0 } },
    { clip: { value: 1 } },
    { curriculum: [{ from: 2, task: { length: [1, 1] } }] },
    { curriculum: [{ from: 3, task: { length: [1, 1] } }] },
  ];
  const settings = { ...preset("original-dnc-repeat-copy"), engine: "tfjs-cpu" };
  const all = [{}, ...changes].map((change) => runConfig({ ...settings, ...change }, repeatCopy).training);
  assert.equal(new Set(all.map(trainingHash)).size, all.length);
  for (const one of all) assert.deepEqual(trainingConfig.parse(writtenTraining(one)), one);
});

test("taskSettingsAt() lays the curriculum's last stage that has begun over the task's own settings", () => {
  const stages = [
    { from: 3, task: { length: [1, 1] } },
    { from: 5, task: { repeats: [2, 2] } },
  ];
  const settings = { ...preset("original-dnc-repeat-copy"), engine: "tfjs-cpu", curriculum: stages };
  const { training } = runConfig(settings, repeatCopy);
  const own = { bits: 4, length: [1, 2], repeats: [1, 2] };
  const steps = [1, 2, 3, 4, 5, 99];
  assert.deepEqual(
    steps.map((step) => taskSettingsAt(training, step)),
    [
      own,
      own,
      { ...own, length: [1, 1] },
      { ...own, length: [1, 1] },
      { ...own, repeats: [2, 2] },
      { ...own, repeats: [2, 2] },
    ],
  );
  assert.equal(taskSettingsAt(training, 5), taskSettingsAt(training, 6), "one stage is one object");
  assert.deepEqual(stagesOf(training), [own, taskSettingsAt(training, 3), taskSettingsAt(training, 5)]);
});
