import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask, modelOf, type PresetName, presetConfig, presets } from "memnet";
import { openingText } from "./opening.ts";

const where = { runsDir: "/runs", port: 8097, metricsPort: 8098, address: null };

function opening(name: PresetName, refused: readonly { name: "webgpu"; why: string }[] = []): string {
  const config = presetConfig(name, { engine: "wasm" });
  const task = builtInTask(config.training.task.name);
  const model = modelOf(config.training, task);
  const configured = { config, task, model, engine: { name: "wasm" as const, refused }, initial: null };
  return openingText({ run: "copy-7", configured, resumes: false, series: null }, where);
}

test("openingText() fits 80 columns for every preset", () => {
  for (const name of Object.keys(presets) as PresetName[]) {
    for (const line of opening(name).split("\n")) assert.ok(line.length <= 80, `${name}: ${line}`);
  }
});

test("openingText() says why an installed engine does not work", () => {
  assert.match(opening("copy-ntm"), /\n {2}engine {5}wasm\n/);
  assert.match(
    opening("copy-ntm", [{ name: "webgpu", why: "no driver\n  at gpu.ts" }]),
    /\n {2}engine {5}wasm\n {13}not webgpu: no driver\n/,
  );
});
