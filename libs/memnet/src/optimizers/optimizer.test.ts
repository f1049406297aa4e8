import assert from "node:assert/strict";
import { test } from "node:test";
import { optimizerConfig } from "../config/training.ts";
import { averageNames, initialState } from "./optimizer.ts";

const rmsprop = optimizerConfig.parse({ kind: "rmsprop" });
const adam = optimizerConfig.parse({ kind: "adam" });

test("initialState() is all zeros, and Adam's powers are 1", () => {
  assert.deepEqual(initialState(rmsprop, 3), {
    averages: { v: new Float32Array(3) },
    powers: new Float64Array(0),
  });
  assert.deepEqual(initialState(adam, 2), {
    averages: { m: new Float32Array(2), v: new Float32Array(2) },
    powers: Float64Array.of(1, 1),
  });
});

test("averageNames() are the state's", () => {
  for (const config of [rmsprop, adam]) {
    assert.deepEqual(Object.keys(initialState(config, 1).averages), [...averageNames(config)]);
  }
});
