import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  builtInTask,
  decodeSafetensors,
  encodeCheckpoint,
  encodeSafetensors,
  initialParameters,
  modelOf,
  newLearner,
  presetConfig,
} from "memnet";
import { readModel } from "./model-file.ts";

test("readModel() reads a file of a model's tensors alone with a preset, and a checkpoint without one", () => {
  const name = "original-dnc-repeat-copy";
  const { training } = presetConfig(name, { engine: "wasm" });
  const model = modelOf(training, builtInTask(training.task.name));
  const parameters = initialParameters(model, 7);
  const checkpoint = encodeCheckpoint(newLearner(training, model, parameters));
  const { tensors } = decodeSafetensors(checkpoint);
  const six = new Map([...tensors].filter(([tensor]) => !tensor.startsWith("optimizer.")));
  const folder = mkdtempSync(join(tmpdir(), "memnet-model-"));
  try {
    const file = (path: string, bytes: Uint8Array) => {
      writeFileSync(join(folder, path), bytes);
      return join(folder, path);
    };
    const plain = file("plain.safetensors", encodeSafetensors({ tensors: six, metadata: {} }));
    const whole = file("whole.safetensors", checkpoint);
    assert.equal(six.size, 6);
    const read = readModel(plain, name);
    assert.deepEqual(read.parameters, parameters);
    assert.deepEqual([read.training, read.model, read.step], [training, model, 0]);
    assert.deepEqual(readModel(whole, undefined).parameters, parameters);
    const refusals: [path: string, preset: string | undefined, message: RegExp][] = [
      [plain, undefined, /it is no checkpoint, so --preset must name its model and task/],
      [plain, "copy-ntm", /with preset copy-ntm: controller\.kernel must have shape/],
      [plain, "copy-mtn", /^Unknown preset "copy-mtn"/],
      [whole, name, /it is a checkpoint, which has its own settings/],
    ];
    for (const [path, preset, message] of refusals) assert.throws(() => readModel(path, preset), { message });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
