import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "./batch.ts";
import type { ModelConfig } from "./config/model.ts";
import { pause, pauseByWork } from "./pause.ts";
import { createTrainer } from "./trainer.ts";
import { forwardMultiplications } from "./work.ts";

const sizes = { input: 3, output: 1, hidden: 8, slots: 8, width: 4, reads: 1, writes: 1 };
const model: ModelConfig = { model: "ntm", shifts: 3, ...sizes };
const batchOf = (times: number): Batch => ({
  times,
  sequences: 1,
  x: new Float32Array(times * 3),
  y: new Float32Array(times),
  mask: new Float32Array(times),
});

test("pause() lets a timer run that is due", async () => {
  let ran = false;
  setTimeout(() => {
    ran = true;
  });
  const deadlineMs = performance.now() + 1000;
  while (!ran && performance.now() < deadlineMs) await pause();
  assert.ok(ran);
});

test("pauseByWork() pauses after 20 million multiplications, and after 200 batches of any size", () => {
  const paused = pauseByWork(model);
  const pausesAt = (batch: Batch, batches: number) =>
    Array.from({ length: batches }, (_, at) => (paused(batch) ? at + 1 : 0)).filter((at) => at > 0);
  assert.deepEqual(pausesAt(batchOf(1), 400), [200, 400]);
  const third = batchOf(Math.ceil(2e7 / 3 / forwardMultiplications(model, 1, 1)));
  assert.deepEqual(pausesAt(third, 6), [3, 6]);
});

const smallest = {
  task: { bits: 1, length: [1, 1] },
  memory: { slots: 4, width: 4 },
  controller: { hidden: 8 },
  sequencesPerStep: 1,
  microBatch: 1,
} as const;

const models = {
  "a preset": { settings: {}, steps: 20 },
  "a model of a few parameters": { settings: smallest, steps: 500 },
};
for (const [name, { settings, steps }] of Object.entries(models)) {
  test(`the pauses of training ${name} cost at most 2 % of it`, async () => {
    const trainer = await createTrainer({
      preset: "copy-dnc",
      engine: "wasm",
      settings: { ...settings, steps: 100_000 },
    });
    const turns = loopTurns();
    const taken = trainer[Symbol.asyncIterator]();
    const step = () => taken.next();
    await processorMs(step, steps);
    // By turns, since a busy machine's speed changes.
    const shares: number[] = [];
    for (let round = 0; round < 9; round++) {
      const before = turns.count;
      const training = await processorMs(step, steps);
      const made = turns.count - before;
      const pausing = await processorMs(pause, 200);
      shares.push(((pausing / 200) * made) / training);
    }
    turns.stop();
    const median = shares.sort((a, b) => a - b)[4]!;
    assert.ok(median < 0.02, `${(median * 100).toFixed(2)} %`);
    assert.ok(median > 0, "training must pause");
  });
}

/** Counts the event loop's turns; in training, only pauses make them. */
function loopTurns() {
  const counted = {
    count: 0,
    stop() {
      clearImmediate(next);
    },
  };
  const turn = () => {
    counted.count++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return counted;
}

/** Processor time, since others may use the machine. */
async function processorMs(work: () => Promise<unknown>, times: number): Promise<number> {
  const from = process.cpuUsage();
  for (let time = 0; time < times; time++) await work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}
