import assert from "node:assert/strict";
import { test } from "node:test";
import { optimizerConfig } from "../config/training.ts";
import { assertSameBytes, float32, golden } from "../testing/golden.ts";
import { initialState, update } from "./optimizer.ts";

const config = optimizerConfig.parse({ kind: "adam" });

test("adam() equals golden adam to the byte over five updates", () => {
  const file = golden("adam");
  const parameters = float32(file, "parameters.0").slice();
  const state = initialState(config, parameters.length);
  for (let step = 1; step <= 5; step++) {
    update(config, state, parameters, float32(file, `gradients.${step}`), 1e-3);
    assertSameBytes(parameters, float32(file, `parameters.${step}`), `step ${step}`);
  }
});

test("adam() takes a first step of about lr whatever the gradient's size", () => {
  const parameters = Float32Array.of(1, 1, 1);
  update(config, initialState(config, 3), parameters, Float32Array.of(1e-3, -5, 0), 1e-3);
  assert.ok(Math.abs(parameters[0]! - 0.999) < 1e-6);
  assert.ok(Math.abs(parameters[1]! - 1.001) < 1e-6);
  assert.equal(parameters[2], 1);
});

test("adam() keeps βᵗ by repeated multiplication in float64", () => {
  const state = initialState(config, 1);
  let [power1, power2] = [1, 1];
  for (let step = 1; step <= 100; step++) {
    update(config, state, Float32Array.of(0), Float32Array.of(1), 1e-3);
    power1 *= 0.9;
    power2 *= 0.999;
  }
  assert.deepEqual(state.powers, Float64Array.of(power1, power2));
});
