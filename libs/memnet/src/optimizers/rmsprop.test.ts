import assert from "node:assert/strict";
import { test } from "node:test";
import { optimizerConfig } from "../config/training.ts";
import { assertSameBytes, float32, golden } from "../testing/golden.ts";
import { initialState, update } from "./optimizer.ts";

const config = optimizerConfig.parse({ kind: "rmsprop" });

test("rmsprop() equals golden rmsprop to the byte over five updates", () => {
  const file = golden("rmsprop");
  const parameters = float32(file, "parameters.0").slice();
  const state = initialState(config, parameters.length);
  for (let step = 1; step <= 5; step++) {
    update(config, state, parameters, float32(file, `gradients.${step}`), 1e-4);
    assertSameBytes(parameters, float32(file, `parameters.${step}`), `step ${step}`);
  }
});

test("rmsprop() takes a first step of lr/√(1 − α) whatever the gradient's size", () => {
  const parameters = Float32Array.of(1, 1, 1);
  update(config, initialState(config, 3), parameters, Float32Array.of(1e-3, -5, 0), 1e-4);
  const step = 1e-4 / Math.sqrt(0.1);
  assert.ok(Math.abs(parameters[0]! - (1 - step)) < 1e-6);
  assert.ok(Math.abs(parameters[1]! - (1 + step)) < 1e-6);
  assert.equal(parameters[2], 1);
});

test("rmsprop() rounds v to float32 before its root is taken", () => {
  const state = initialState(config, 1);
  const parameters = Float32Array.of(0);
  const gradient = Math.fround(0.3);
  update(config, state, parameters, Float32Array.of(gradient), 1e-4);
  const v = Math.fround(0.9 * 0 + (1 - 0.9) * (gradient * gradient));
  assert.equal(state.averages.v![0], v);
  assert.equal(parameters[0], Math.fround(0 - (1e-4 * gradient) / (Math.sqrt(v) + 1e-10)));
});
