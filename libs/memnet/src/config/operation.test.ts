import assert from "node:assert/strict";
import { test } from "node:test";
import { operationConfig } from "./operation.ts";

test("operationConfig has the original's numbers by default", () => {
  assert.deepEqual(operationConfig.parse({}), {
    steps: 100_000,
    evaluateEvery: 500,
    evaluationBatches: 50,
    beyondEvery: 10,
    checkpointEvery: 500,
    checkpointsKept: 3,
    trainers: 1,
    dataEnvs: 1,
    relaxed: false,
    audit: 0.01,
    branchesFrom: 16,
    taskFile: null,
  });
});

test("operationConfig refuses counts below 1, more than 50 validation batches, more than 64 processes", () => {
  for (const [name, value] of [
    ["steps", 0],
    ["evaluateEvery", 0],
    ["evaluationBatches", 51],
    ["trainers", 65],
    ["dataEnvs", 0],
    ["checkpointsKept", 0],
    ["relaxed", "yes"],
    ["audit", 1.5],
    ["branchesFrom", -1],
    ["taskFile", 5],
    ["tea", 1],
  ] as const) {
    assert.equal(operationConfig.safeParse({ [name]: value }).success, false, name);
  }
});
