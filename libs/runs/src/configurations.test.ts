import assert from "node:assert/strict";
import { test } from "node:test";
import {
  builtInTask,
  type PresetName,
  presetConfig,
  presets,
  runConfig,
  type Settings,
  type TrainingConfig,
  trainingConfig,
} from "memnet";
import { differingSettings, nearestPreset, presetOf } from "./configurations.ts";

function training(name: keyof typeof presets, settings: Settings = {}, task = "copy"): TrainingConfig {
  return runConfig({ ...presets[name], engine: "wasm", ...settings }, builtInTask(task)).training;
}

const until = { figure: "wrongBits", comparison: "<", value: 0.1, every: 500, batches: 50 };

test("presetOf() knows each preset, whatever the seed, engine and condition", () => {
  for (const name of Object.keys(presets) as PresetName[]) {
    assert.equal(presetOf(presetConfig(name, { engine: "wasm" }).training), name);
  }
  assert.equal(
    presetOf(training("original-ntm-copy", { seed: 9, engine: "tfjs-cpu", until })),
    "original-ntm-copy",
  );
});

test("presetOf() is null if any other setting differs, including the task", () => {
  assert.equal(presetOf(training("original-ntm-copy", { microBatch: 8 })), null);
  assert.equal(presetOf(training("original-ntm-copy", { initial: "a".repeat(64) })), null);
  assert.equal(
    presetOf(training("original-ntm-copy", { task: { name: "repeat-copy" } }, "repeat-copy")),
    null,
  );
  const own = trainingConfig.parse({
    ...training("original-ntm-copy"),
    task: { name: "parity", length: [4, 8] },
  });
  assert.equal(presetOf(own), null);
});

test("nearestPreset() lists the settings in which a configuration differs from the preset that is most like it", () => {
  const own = training("original-ntm-copy-20", { seed: 9, memory: { slots: 64, width: 20 } });
  assert.deepEqual(nearestPreset(own), {
    preset: "original-ntm-copy-20",
    differing: [{ path: "memory.slots", here: "64", there: "128" }],
  });
  assert.deepEqual(nearestPreset(training("copy-ntm", { until })), { preset: "copy-ntm", differing: [] });
  assert.equal(
    nearestPreset(training("original-ntm-copy", { task: { name: "priority-sort" } }, "priority-sort")),
    null,
  );
});

test("differingSettings() names what distinguishes configurations of one model and task, never the seed", () => {
  const dnc = training("original-dnc-repeat-copy", { seed: 5 }, "repeat-copy");
  const shown = differingSettings([
    training("original-ntm-copy", { seed: 1 }),
    dnc,
    training("original-ntm-copy", { seed: 2, memory: { slots: 64, width: 20 }, until }),
    training("original-ntm-copy-20", { initial: `${"0123abcd".repeat(8)}` }),
  ]);
  assert.deepEqual(shown, [
    { "memory.slots": "128", "task.length": "5..10", initial: "none", until: "none" },
    {},
    {
      "memory.slots": "64",
      "task.length": "5..10",
      initial: "none",
      until: "wrongBits<0.1 every 500 on 50 batches",
    },
    { "memory.slots": "128", "task.length": "1..20", initial: "0123abcd…", until: "none" },
  ]);
});

test("differingSettings() compares an optimizer's own settings only among configurations that have them", () => {
  const rmsprop = training("original-ntm-copy");
  const adam = training("original-ntm-copy", { optimizer: { kind: "adam" } });
  const other = training("original-ntm-copy", { optimizer: { kind: "adam", beta2: 0.99 } });
  const names = (shown: Record<string, string>[]) => shown.map((one) => Object.keys(one).sort());
  const both = ["optimizer.epsilon", "optimizer.kind", "optimizer.learningRate"];
  assert.deepEqual(names(differingSettings([rmsprop, adam])), [both, both]);
  const three = differingSettings([rmsprop, adam, other]);
  assert.deepEqual(
    three.map((one) => one["optimizer.beta2"]),
    [undefined, "0.999", "0.99"],
  );
  assert.deepEqual(names([three[0]!]), [both]);
});
