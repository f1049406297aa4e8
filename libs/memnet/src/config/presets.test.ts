import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask } from "../tasks/registry.ts";
import { type PresetName, preset, presetConfig, presetDefault, presetName, presets } from "./presets.ts";
import { type RunConfig, runConfig } from "./settings.ts";
import { optimizerConfig } from "./training.ts";

function resolved(name: PresetName): RunConfig {
  const settings = preset(name);
  return runConfig(
    { ...settings, engine: "tfjs-cpu" },
    builtInTask((settings.task as { name: string }).name),
  );
}

const training = {
  engine: "tfjs-cpu",
  optimizer: {
    kind: "rmsprop",
    learningRate: 1e-4,
    decay: 0.9,
    epsilon: 1e-10,
    momentum: 0,
    schedule: { warmup: 0, decay: "none", to: 0, over: null },
  },
  clip: { norm: 50, value: 0 },
  curriculum: [],
  sequencesPerStep: 16,
  microBatch: 4,
  seed: 1,
  nonFinite: "skip",
  initial: null,
  until: null,
};
const ntmCopy = {
  ...training,
  model: "ntm",
  controller: { kind: "lstm", hidden: 100 },
  memory: { slots: 128, width: 20 },
  heads: { reads: 1, writes: 1, shifts: 3 },
  task: { name: "copy", bits: 8, length: [5, 10] },
};
const dncRepeatCopy = {
  ...training,
  model: "dnc",
  controller: { kind: "lstm", hidden: 64 },
  memory: { slots: 16, width: 16, masked: false, deallocate: false, sharpen: false },
  heads: { reads: 4, writes: 1 },
  task: { name: "repeat-copy", bits: 4, length: [1, 2], repeats: [1, 2] },
};

test("every preset configures, evaluates its last step and has ended its decay by then", () => {
  for (const name of Object.keys(presets) as PresetName[]) {
    const { training, operation } = presetConfig(name, { engine: "wasm" });
    const { over } = training.optimizer.schedule;
    assert.equal(operation.steps % (operation.evaluateEvery * operation.beyondEvery), 0, name);
    assert.ok(over === null || over <= operation.steps, name);
    assert.ok(
      training.curriculum.every(({ from }) => from <= operation.steps),
      name,
    );
  }
});

test("presetDefault is a preset", () => {
  assert.equal(presetName(presetDefault), presetDefault);
});

test("preset() original-ntm-copy has the numbers of docs/model.md §15", () => {
  const { training: got, operation } = resolved("original-ntm-copy");
  assert.deepEqual(got, ntmCopy);
  assert.equal(operation.steps, 100_000);
  assert.equal(operation.evaluateEvery, 500);
  assert.equal(operation.evaluationBatches, 50);
});

test("preset() original-dnc-repeat-copy has the numbers of docs/model.md §15", () => {
  const { training: got, operation } = resolved("original-dnc-repeat-copy");
  assert.deepEqual(got, dncRepeatCopy);
  assert.equal(operation.steps, 100_000);
});

test("preset() original-ntm-copy-20 is original-ntm-copy with lengths 1…20", () => {
  const { training: got, operation } = resolved("original-ntm-copy-20");
  assert.deepEqual(got, { ...ntmCopy, task: { ...ntmCopy.task, length: [1, 20] } });
  assert.equal(operation.steps, 100_000);
});

test("preset() original-dnc-repeat-copy-fast is original-dnc-repeat-copy with Adam and 10,000 steps", () => {
  const { training: got, operation } = resolved("original-dnc-repeat-copy-fast");
  const optimizer = optimizerConfig.parse({ kind: "adam" });
  assert.deepEqual(got, { ...dncRepeatCopy, optimizer });
  assert.equal(operation.steps, 10_000);
});

test("preset() and presetName() take the names that the original's presets had", () => {
  for (const name of ["ntm-copy", "ntm-copy-20", "dnc-repeat-copy", "dnc-repeat-copy-fast"]) {
    assert.equal(presetName(name), `original-${name}`);
    assert.equal(preset(name), preset(`original-${name}`));
  }
});

test("preset() refuses another name, also an object's own", () => {
  for (const name of ["ntm", "", "constructor", "__proto__", "NTM-COPY"]) {
    assert.throws(() => preset(name), {
      name: "RangeError",
      message: `Unknown preset ${JSON.stringify(name)}: it must be one of ${Object.keys(presets).join(", ")}`,
    });
  }
});
