import assert from "node:assert/strict";
import { test } from "node:test";
import { presetConfig } from "memnet";
import { presetNames, presetText, recognise } from "./presets.ts";

test("recognise() finds each preset by its settings, whatever its seed and engine", () => {
  for (const name of presetNames) {
    const { training } = presetConfig(name, { seed: 77, engine: "tfjs-cpu" });
    assert.deepEqual(recognise(training), { preset: name });
  }
});

test("recognise() names the settings that differ from the nearest preset", () => {
  const { training } = presetConfig("ntm-copy-20", { seed: 1, engine: "wasm" });
  const changed = { ...training, memory: { slots: 64, width: 20 }, sequencesPerStep: 32 };
  const differs = ["memory.slots", "sequencesPerStep"];
  assert.deepEqual(recognise(changed), { nearest: "ntm-copy-20", differs });
  const started = { ...training, initial: "0".repeat(64) };
  assert.deepEqual(recognise(started), { nearest: "ntm-copy-20", differs: ["initial"] });
});

test("presetText() has the model, the task's ranges and the optimizer", () => {
  assert.equal(presetText("ntm-copy-20"), "NTM, 128 slots × 20, copy with length 1–20, RMSprop");
  assert.equal(
    presetText("dnc-repeat-copy-fast"),
    "DNC, 16 slots × 16, repeat-copy with length 1–2 and repeats 1–2, Adam",
  );
});
