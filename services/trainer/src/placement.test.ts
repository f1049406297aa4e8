import assert from "node:assert/strict";
import test from "node:test";
import {
  builtInTask,
  initialParameters,
  modelOf,
  type PresetName,
  presetConfig,
  presets,
  type Settings,
  trainingConfig,
} from "memnet";
import type { NodeQuestion } from "./computer.ts";
import { isShort, localComputer, threadedComputer } from "./placement.ts";

function trainingOf(name: PresetName, more: Settings = {}) {
  return presetConfig(name, { engine: "wasm", ...more }).training;
}

test("isShort() accepts every preset on wasm", () => {
  for (const name of Object.keys(presets) as PresetName[])
    assert.equal(isShort(trainingOf(name)), true, name);
});

test("isShort() rejects other engines, users' own tasks, and long work", () => {
  const training = trainingOf("original-ntm-copy");
  assert.equal(isShort({ ...training, engine: "tfjs-cpu" }), false);
  const own = { ...training.task, sha256: "0".repeat(64) };
  assert.equal(isShort(trainingConfig.parse({ ...training, task: own })), false);
  assert.equal(isShort(trainingOf("original-ntm-copy", { microBatch: 64, sequencesPerStep: 64 })), false);
  const curriculum = [{ from: 1000, task: { length: [1, 500] } }];
  assert.equal(isShort(trainingOf("original-ntm-copy", { curriculum })), false);
});

function aQuestion(): NodeQuestion {
  const training = trainingOf("original-dnc-repeat-copy");
  const parameters = initialParameters(modelOf(training, builtInTask("repeat-copy")), 1);
  return { step: 3, node: { lo: 0, hi: 4 }, parameters, batches: [null, null, null, null], number: 1 };
}

test("localComputer() equals a computer in its own thread, bit for bit", async () => {
  const settings = { training: trainingOf("original-dnc-repeat-copy"), taskFile: null };
  const [here, there] = [await localComputer(settings), await threadedComputer(settings)];
  const probes = [await here.probe(), await there.probe()];
  const [mine, its] = [await here.compute(aQuestion()), await there.compute(aQuestion())];
  await Promise.all([here.stop(), there.stop()]);
  assert.deepEqual(probes[0], probes[1]);
  assert.ok(mine && its);
  const { computeMs: _, ...bits } = mine;
  const { computeMs: __, ...expected } = its;
  assert.deepEqual(bits, expected);
});

test("localComputer() notices between micro-batches that its question was abandoned", async () => {
  const computer = await localComputer({ training: trainingOf("original-dnc-repeat-copy"), taskFile: null });
  const answering = computer.compute(aQuestion());
  setImmediate(() => computer.abandonBelow(2));
  assert.equal(await answering, null);
  await computer.stop();
});
