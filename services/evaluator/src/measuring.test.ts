import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf, messages, subjects } from "@memnet/protocol";
import { checkpointBytes, smallConfig } from "@memnet/runs/testing";
import type { Measurer } from "./measurer.ts";
import { fakeMeasurer, World } from "./world.testing.ts";

/** A measurer that never finishes until it is aborted. */
const stuck: Measurer = {
  measure: (_job, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  close: async () => {},
};

test("due steps are measured and published, with sizes beyond training at every n-th evaluation", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ beyondEvery: 2, steps: 5 }));
  const heard: string[] = [];
  coordinator.actor.messenger.hear(
    messages.evaluation,
    subjects.evaluator.evaluation,
    ({ run, step, split }) => {
      heard.push(`${run} ${step} ${split}`);
    },
  );
  await coordinator.open({ run: "mine" });
  for (const step of [0, 1, 2, 3, 4, 5]) await coordinator.snapshot(step, step === 0 ? { records: "" } : {});
  const progress = await coordinator.measured();
  assert.deepEqual(progress, { ok: true, kept: 5, pending: [], satisfied: null, failure: null });
  const evaluations = (await world.lines("mine")).filter(({ kind }) => kind === "evaluation");
  assert.deepEqual(
    evaluations.map(({ step, split }) => `${step} ${split}`),
    ["2 validation", "4 length-20", "4 validation", "5 validation"],
  );
  assert.deepEqual(evaluations[0], {
    kind: "evaluation",
    step: 2,
    split: "validation",
    loss: 1,
    lossBits: 1,
    wrongBits: 9.8,
    exact: 0,
    sequences: 16,
  });
  assert.deepEqual(heard, [
    "mine 2 validation",
    "mine 4 length-20",
    "mine 4 validation",
    "mine 5 validation",
  ]);
});

test("unfinished due evaluations are done after a restart, the oldest first", async () => {
  await using world = await World.begin();
  const first = await world.evaluator({ measurer: stuck });
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 1 }));
  await coordinator.open({ run: "mine" });
  for (const step of [2, 3, 4, 6, 7]) await coordinator.snapshot(step);
  assert.deepEqual((await coordinator.progress()).pending, [2, 4, 6]);
  assert.equal(await first.stop(), undefined);
  const measurer = fakeMeasurer();
  await using _second = await world.evaluator({ measurer });
  assert.deepEqual((await coordinator.measured()).pending, []);
  assert.deepEqual(measurer.measured, [2, 4, 6]);
  assert.deepEqual(await world.steps("mine", "evaluation"), [2, 4, 6]);
});

test("the best checkpoint is kept as a copy; of two equal ones, the earlier", async () => {
  await using world = await World.begin();
  const wrong: Record<number, number> = { 2: 3, 4: 1, 6: 1, 8: 2 };
  const measurer = fakeMeasurer((step) => ({ wrongBits: wrong[step]! }));
  await using _evaluator = await world.evaluator({ measurer });
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 1 }));
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4, 6, 8]) {
    await coordinator.snapshot(step);
    await coordinator.measured();
  }
  const best = await readFile(join(world.root, "mine", "best.safetensors"));
  assert.equal(hashOf(best), hashOf(checkpointBytes(coordinator.config, 4)));
});

test("non-finite figures are written as null, and are never the best", async () => {
  await using world = await World.begin();
  const measurer = fakeMeasurer((step) =>
    step === 2 ? { loss: Number.NaN, lossBits: Number.NaN, wrongBits: 0 } : {},
  );
  await using _evaluator = await world.evaluator({ measurer });
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4]) await coordinator.snapshot(step);
  await coordinator.measured();
  const lines = (await world.lines("mine")).filter(({ kind }) => kind === "evaluation");
  assert.deepEqual([lines[0]?.loss, lines[0]?.wrongBits], [null, 0]);
  assert.deepEqual(world.errors, ["The evaluation of step 2 on validation is not finite"]);
  const best = await readFile(join(world.root, "mine", "best.safetensors"));
  assert.equal(hashOf(best), hashOf(checkpointBytes(coordinator.config, 4)));
});

test("progress reports the earliest step that satisfies --until", async () => {
  await using world = await World.begin();
  const until = { figure: "wrongBits", comparison: "<", value: 9.65, every: 2, batches: 1 };
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ until }));
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(2);
  assert.equal((await coordinator.measured()).satisfied, null);
  for (const step of [4, 6]) await coordinator.snapshot(step);
  assert.equal((await coordinator.measured()).satisfied, 4);
});

test("a step that cannot be measured stays due, and its run records why", async () => {
  await using world = await World.begin();
  let broken = true;
  const measurer = fakeMeasurer(() => {
    if (broken) throw new Error("no such engine here");
    return {};
  });
  await using _evaluator = await world.evaluator({ measurer });
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(2);
  while (!(await world.lines("mine")).some(({ event }) => event === "evaluation-failed")) {
    assert.deepEqual((await coordinator.progress()).pending, [2]);
  }
  assert.equal((await coordinator.progress()).failure, "no such engine here");
  broken = false;
  assert.equal((await coordinator.measured()).failure, null);
  assert.deepEqual(await world.steps("mine", "evaluation"), [2]);
});

test("a step gets no line if the run went back before it during its measurement", async () => {
  await using world = await World.begin();
  let began: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  let go: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  const fake = fakeMeasurer();
  const measurer: Measurer = {
    async measure(job, signal) {
      began();
      await gone;
      return fake.measure(job, signal);
    },
    close: async () => {},
  };
  await using _evaluator = await world.evaluator({ measurer });
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(1);
  await coordinator.snapshot(2);
  await begun;
  await coordinator.open({ run: "mine", before: 2 });
  go();
  await coordinator.snapshot(2, { bend: 1 });
  await coordinator.measured();
  assert.deepEqual(await world.steps("mine", "evaluation"), [2]);
  assert.equal(fake.measured.length, 2);
});

test("checkpoints are thinned out, except those still to be measured", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 2, steps: 300 }));
  await coordinator.open({ run: "mine" });
  for (let step = 0; step <= 12; step++)
    await coordinator.snapshot(step, { from: Math.max(1, step), ...(step === 0 ? { records: "" } : {}) });
  await coordinator.measured();
  const kept = (await readdir(join(world.root, "mine", "checkpoints"))).map((name) =>
    Number.parseInt(name, 10),
  );
  assert.deepEqual(
    kept.sort((a, b) => a - b),
    [0, 2, 4, 6, 8, 10, 11, 12],
  );
});
