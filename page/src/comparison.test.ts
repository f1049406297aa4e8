import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import { parseCondition, type Settings, trainingConfig } from "memnet";
import { comparisonOf, withoutCommonStart } from "./comparison.ts";

const goal = parseCondition("wrongBits<0.1");
const run = (name: string, settings: Settings = {}) => ({
  run: name,
  training: smallConfig(settings).training,
});

test("comparisonOf() groups runs that differ in the seed alone, and names the groups by what differs", () => {
  const runs = [
    run("b", { seed: 2 }),
    run("a", { seed: 1 }),
    run("c", { memory: { slots: 9 }, optimizer: { learningRate: 0.01 } }),
  ];
  const { points, runs: members, seeds } = comparisonOf(runs, "configuration", goal);
  const rate = String(runs[0]!.training.optimizer.learningRate);
  assert.deepEqual(points, [
    {
      label: `learningRate ${rate} · slots 5`,
      settings: { "memory.slots": "5", "optimizer.learningRate": rate },
    },
    {
      label: "learningRate 0.01 · slots 9",
      settings: { "memory.slots": "9", "optimizer.learningRate": "0.01" },
    },
  ]);
  assert.deepEqual(
    members.map((one) => [one.run, one.label === points[0]!.label, one.seed]),
    [
      ["a", true, 1],
      ["b", true, 2],
      ["c", false, runs[2]!.training.seed],
    ],
  );
  assert.equal(seeds, null);
});

test("comparisonOf() names a group without settings of its own by its model and task, and several models by theirs", () => {
  const labels = (...runs: ReturnType<typeof run>[]) =>
    comparisonOf(runs, "configuration", goal).points.map(({ label }) => label);
  assert.deepEqual(labels(run("a")), ["NTM on copy"]);
  assert.deepEqual(labels(run("a"), run("b", { model: "lstm" })), ["NTM on copy", "LSTM on copy"]);
  const other = trainingConfig.parse({ ...run("b").training, task: { name: "parity", length: [4, 8] } });
  const tasks = comparisonOf([run("a"), { run: "b", training: other }], "configuration", goal);
  assert.deepEqual(
    tasks.points.map(({ label, settings }) => [label, settings]),
    [
      ["NTM on copy", {}],
      ["NTM on parity", {}],
    ],
  );
});

test("comparisonOf() takes the first run's goal, or else the given one", () => {
  assert.deepEqual(comparisonOf([run("a")], "configuration", goal).goal, goal);
  const until = { ...parseCondition("exact>=0.9"), every: 5, batches: 2 };
  assert.deepEqual(comparisonOf([run("a", { until })], "run", goal).goal, parseCondition("exact>=0.9"));
});

test("withoutCommonStart() cuts whole words", () => {
  assert.deepEqual(withoutCommonStart(["box_copy-12", "box_copy-13"]), ["12", "13"]);
  assert.deepEqual(withoutCommonStart(["rates-1e-3-seed-1", "rates-3e-3-seed-1"]), [
    "1e-3-seed-1",
    "3e-3-seed-1",
  ]);
  assert.deepEqual(withoutCommonStart(["copy", "copy-2"]), ["copy", "copy-2"]);
  assert.deepEqual(withoutCommonStart(["alone-1"]), ["alone-1"]);
  assert.deepEqual(withoutCommonStart([]), []);
});
