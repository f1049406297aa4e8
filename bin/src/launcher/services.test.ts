import assert from "node:assert/strict";
import { test } from "node:test";
import { type LaunchPlan, servicePlans } from "./services.ts";

const plan: LaunchPlan = {
  ...{ run: "mine", runsDir: "runs", port: 8097, metricsPort: 8098, trainers: 3, dataEnvs: 1 },
  ...{ configFile: "config.json", initialFile: null },
};

function trainersOf(changed: Partial<LaunchPlan>): string[] {
  return servicePlans("memnet.js", { ...plan, ...changed })
    .filter(({ service }) => service === "trainer")
    .map(({ title, args }) => `${title}: ${args.slice(1).join(" ")}`);
}

test("servicePlans() numbers what there are several of", () => {
  assert.deepEqual(
    servicePlans("memnet.js", { ...plan, trainers: 2 }).map(({ title }) => title),
    ["evaluator", "coordinator", "data-env", "trainer 1", "trainer 2"],
  );
});

test("servicePlans() shares several GPUs out among the trainers, and says nothing of one", () => {
  const all = [
    "trainer 1: trainer --run mine",
    "trainer 2: trainer --run mine",
    "trainer 3: trainer --run mine",
  ];
  assert.deepEqual(trainersOf({}), all);
  assert.deepEqual(trainersOf({ gpus: 1 }), all);
  assert.deepEqual(trainersOf({ gpus: 2 }), [
    "trainer 1: trainer --run mine --device 0",
    "trainer 2: trainer --run mine --device 1",
    "trainer 3: trainer --run mine --device 0",
  ]);
});
