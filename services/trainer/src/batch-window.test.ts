import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, messages, RefusedError, subjects } from "@memnet/protocol";
import { counted, settled, startTestBroker, testActor, virtualClock } from "@memnet/service/testing";
import {
  type Batch,
  batchFloats,
  builtInTask,
  bytesOf,
  makeBatch,
  modelOf,
  runConfig,
  taskSettings,
} from "memnet";
import { BatchWindow } from "./batch-window.ts";

type Question = Fields<typeof messages.batchRequest>;

const task = builtInTask("copy");
const { training } = runConfig(
  {
    model: "ntm",
    controller: { hidden: 3 },
    memory: { slots: 5, width: 2 },
    heads: { reads: 1, writes: 1 },
    task: { name: "copy", bits: 2, length: [1, 3] },
    engine: "tfjs-cpu",
    seed: 9,
    sequencesPerStep: 200,
    microBatch: 2,
  },
  task,
);
const model = modelOf(training, task);

/** What a trainer makes itself for step 4's micro-batch 3. */
const expected = makeBatch(task, taskSettings(training), {
  seed: 9,
  stream: 1,
  step: 3,
  from: 6,
  sequences: 2,
});

/** A trainer's window, and a data-env that serves when told to. */
async function scene() {
  const broker = await startTestBroker("embedded");
  const clock = virtualClock();
  const trainer = await testActor(broker, "trainer", { clock });
  const dataEnv = await testActor(broker, "data-env");
  const asked: Question[] = [];
  const { messenger } = dataEnv;
  return {
    clock,
    asked,
    window: new BatchWindow(trainer, training, null, model),
    async serve(made: (question: Question) => Batch | Promise<Batch>, hash?: string) {
      messenger.serve(messages.batchRequest, messages.batchAnswer, subjects.batch, async (question) => {
        asked.push(question);
        const batch = await made(question);
        const { times, sequences } = batch;
        const { fields, body } = messenger.payload("batch", bytesOf(batchFloats(batch)), hash);
        return { fields: { ok: true as const, times, sequences, ...fields }, body };
      });
      await settled(messenger.bus);
    },
    /** Every question so far has come to the data-env. */
    async arrived() {
      await settled(trainer.messenger.bus);
      await settled(messenger.bus);
    },
    used: (source: string) => counted(trainer.metrics, "memnet_batches_total", { source }),
    async [Symbol.asyncDispose]() {
      await trainer[Symbol.asyncDispose]();
      await dataEnv[Symbol.asyncDispose]();
      await broker.stop();
    },
  };
}

const never = () => new Promise<Batch>(() => {});
const made = (question: Question) => makeBatch(task, question.settings, question);
const leaves = (asked: readonly Question[]) => asked.map(({ step, from }) => `${step + 1}-${from / 2}`);

test("BatchWindow.take() gets the very batch that the trainer would make", async () => {
  await using at = await scene();
  await at.serve(made);
  assert.deepEqual(await at.window.take(4, 3), expected);
  assert.deepEqual(at.asked, [
    {
      task: "copy",
      sha256: null,
      file: null,
      settings: { bits: 2, length: [1, 3] },
      seed: 9,
      stream: 1,
      step: 3,
      from: 6,
      sequences: 2,
    },
  ]);
  assert.deepEqual([await at.used("data-env"), await at.used("trainer")], [1, 0]);
});

test("BatchWindow.ask() asks ahead, once for each micro-batch", async () => {
  await using at = await scene();
  await at.serve(made);
  for (const leaf of [3, 4, 3]) at.window.ask(4, leaf);
  await at.arrived();
  assert.deepEqual(leaves(at.asked), ["4-3", "4-4"]);
  assert.deepEqual(await at.window.take(4, 3), expected);
  assert.equal(at.asked.length, 2);
});

test("BatchWindow.ask() has a bounded window, which forgetBefore() clears of steps that are over", async () => {
  await using at = await scene();
  await at.serve(never);
  for (let leaf = 0; leaf < 40; leaf++) at.window.ask(4, leaf);
  for (let leaf = 0; leaf < 40; leaf++) at.window.ask(5, leaf);
  await at.arrived();
  assert.equal(at.asked.length, 64);
  assert.equal(await at.window.take(5, 99), null, "the trainer makes it, without waiting");
  at.window.forgetBefore(5);
  for (let leaf = 24; leaf < 99; leaf++) at.window.ask(5, leaf);
  await at.arrived();
  assert.deepEqual(
    leaves(at.asked.slice(64)),
    Array.from({ length: 40 }, (_, index) => `5-${24 + index}`),
  );
});

test("BatchWindow.take() gives null for a batch that is late, and drops it", async () => {
  await using at = await scene();
  await at.serve(never);
  let over = false;
  const taking = at.window.take(4, 3).finally(() => {
    over = true;
  });
  at.clock.advance(49);
  await at.arrived();
  assert.equal(over, false);
  at.clock.advance(1);
  assert.equal(await taking, null);
  at.window.ask(4, 3);
  await at.arrived();
  assert.deepEqual(leaves(at.asked), ["4-3", "4-3"], "a late one has left the window");
  assert.deepEqual([await at.used("data-env"), await at.used("trainer")], [0, 1]);
});

test("BatchWindow.take() gives null at once where there is no data-env, and asks again after a rest", async () => {
  await using at = await scene();
  assert.equal(await at.window.take(4, 3), null);
  await at.serve(made);
  at.clock.advance(499);
  assert.equal(await at.window.take(4, 3), null);
  assert.deepEqual(at.asked, []);
  at.clock.advance(1);
  assert.deepEqual(await at.window.take(4, 3), expected);
});

test("BatchWindow.take() gives null for a refusal", async () => {
  await using at = await scene();
  await at.serve(() => {
    throw new RefusedError("TASK", "as planned");
  });
  assert.equal(await at.window.take(4, 3), null);
});

test("BatchWindow.take() gives null for a batch that is damaged, or not of the sizes that were asked for", async () => {
  await using damaged = await scene();
  await damaged.serve(made, "0".repeat(64));
  assert.equal(await damaged.window.take(4, 3), null);
  for (const wrong of [
    (question: Question) => made({ ...question, sequences: 1 }),
    (question: Question) => ({ ...made(question), times: 90 }),
    () =>
      makeBatch(task, { bits: 3, length: [1, 3] }, { seed: 9, stream: 1, step: 3, from: 6, sequences: 2 }),
  ]) {
    await using at = await scene();
    await at.serve(wrong);
    assert.equal(await at.window.take(4, 3), null, wrong.toString());
  }
});
