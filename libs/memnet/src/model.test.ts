import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainSettings } from "./config/written.ts";
import { loadModel } from "./model.ts";
import { createTrainer } from "./trainer.ts";

const settings: TrainSettings = {
  model: "ntm",
  task: { name: "copy", bits: 3, length: [2, 4] },
  controller: { hidden: 7 },
  memory: { slots: 9, width: 5 },
  heads: { reads: 2, writes: 1 },
};
const trainer = await createTrainer({ engine: "wasm", settings });
const checkpoint = trainer.checkpoint();
const model = await loadModel(checkpoint);
const { input, output } = model.config;
const x = Float32Array.from({ length: 6 * 2 * input }, (_, index) => ((index * 7) % 3 === 0 ? 1 : 0));

test("loadModel() knows the sizes, the settings, the step and the hash of a checkpoint", () => {
  assert.deepEqual(model.config, trainer.learner.model);
  assert.equal(model.training.task.name, "copy");
  assert.equal(model.step, 0);
  assert.equal(model.sha256, trainer.sha256);
});

test("predict() takes x alone, and gives logits and bits for every time and sequence", async () => {
  const { times, sequences, logits, bits } = await model.predict(x, 2);
  assert.deepEqual([times, sequences], [6, 2]);
  assert.equal(logits.length, 6 * 2 * output);
  assert.deepEqual(
    Array.from(bits),
    Array.from(logits, (logit) => Number(logit > 0)),
  );
  const reference = await loadModel(checkpoint, { engine: "tfjs-cpu" });
  const wanted = await reference.predict(x, 2);
  for (const [at, logit] of wanted.logits.entries()) assert.ok(Math.abs(logit - logits[at]!) < 1e-5);
  await assert.rejects(reference.stream(), /Cannot stream with engine tfjs-cpu: only wasm/);
});

test("trace() has the memory and the weights of every time, in known shapes", async () => {
  const { logits, memory, writeWeights, usage } = await model.trace(x, 2);
  assert.deepEqual(logits.data, (await model.predict(x, 2)).logits);
  assert.deepEqual(memory!.shape, [6, 2, 9, 5]);
  assert.deepEqual(writeWeights!.shape, [6, 2, 1, 9]);
  assert.equal(usage, undefined);
});

test("stream() answers time by time what predict() answers at once", async () => {
  const { logits } = await model.predict(x, 2);
  const stream = await model.stream(2);
  const rows = Array.from({ length: 6 }, (_, time) =>
    stream.next(x.subarray(time * 2 * input, (time + 1) * 2 * input)),
  );
  assert.deepEqual(
    rows.flatMap((row) => Array.from(row.logits)),
    Array.from(logits),
  );
  assert.throws(() => stream.next(x), /Cannot use the inputs of one time: the length must be 10, got 60/);
  await assert.rejects(model.stream(0), /Cannot stream 0 sequences: this model takes 1 to \d+ together/);
});

test("predict() refuses x of another length, and loadModel() a file that is no checkpoint", async () => {
  const message = "Cannot use x: its length must be a multiple of 2 × 5, sequences × input, got 7";
  await assert.rejects(model.predict(new Float32Array(7), 2), { name: "RangeError", message });
  await assert.rejects(model.predict(new Float32Array(0)), /got 0/);
  await assert.rejects(loadModel(new Uint8Array(3)), { name: "RangeError" });
});
