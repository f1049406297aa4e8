import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import { builtInTask, initialParameters, modelOf, runConfig, settingsOf, type TrainingConfig } from "memnet";
import { inProcessMeasurer, type MeasureJob, threadMeasurer } from "./measurer.ts";

/** Chosen because its sizes beyond training are short. */
const task = builtInTask("repeat-copy");
const { training } = runConfig(
  {
    ...settingsOf(smallConfig()),
    task: { name: "repeat-copy", bits: 2, length: [1, 1], repeats: [1, 1] },
  },
  task,
);
const model = modelOf(training, task);
const job: MeasureJob = {
  training,
  taskFile: null,
  parameters: initialParameters(model, 1),
  batches: 2,
  beyondBatches: 1,
};

test("threadMeasurer() equals inProcessMeasurer() bit for bit", async () => {
  const here = inProcessMeasurer();
  const there = threadMeasurer();
  const { signal } = new AbortController();
  const [a, b] = [await here.measure(job, signal), await there.measure(job, signal)];
  await here.close();
  await there.close();
  assert.deepEqual(a, b);
  assert.deepEqual(
    a.map(({ split, sequences }) => `${split} ${sequences}`),
    [
      "validation 32",
      ...["length-4", "length-8", "length-20", "repeats-4", "repeats-10", "repeats-20"].map(
        (name) => `${name} 16`,
      ),
    ],
  );
});

test("threadMeasurer() aborts in the middle of a measurement, and can measure again afterwards", {
  timeout: 30_000,
}, async () => {
  const measurer = threadMeasurer();
  await measurer.measure({ ...job, beyondBatches: 0 }, new AbortController().signal);
  const stop = new AbortController();
  const long = measurer.measure({ ...job, batches: 1_000_000 }, stop.signal);
  setImmediate(() => stop.abort(new Error("enough")));
  await assert.rejects(long, /enough/);
  assert.equal(
    (await measurer.measure({ ...job, beyondBatches: 0 }, new AbortController().signal)).length,
    1,
  );
  await measurer.close();
});

test("inProcessMeasurer() aborts between two batches", async () => {
  const stop = new AbortController();
  const measurer = inProcessMeasurer();
  const long = measurer.measure({ ...job, batches: 1_000_000 }, stop.signal);
  setTimeout(() => stop.abort(new Error("enough")), 20);
  await assert.rejects(long, /enough/);
  await measurer.close();
});

test("a missing task is named", async () => {
  const named = { ...training.task, name: "mine", sha256: "0".repeat(64) };
  const own = { ...training, task: named } as TrainingConfig;
  const measurer = threadMeasurer();
  await assert.rejects(
    measurer.measure({ ...job, training: own, taskFile: "/nowhere/mine.ts" }, new AbortController().signal),
    /\/nowhere\/mine\.ts/,
  );
  await measurer.close();
});
