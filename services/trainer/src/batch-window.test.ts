import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyBytesMax, type Fields, messages, packNumbers, RefusedError, subjects } from "@memnet/protocol";
import { counted, memoryNetwork, settled, testActor, virtualClock } from "@memnet/service/testing";
import {
  type Batch,
  batchFloats,
  builtInTask,
  makeBatch,
  modelOf,
  type RunConfig,
  runConfig,
  taskSettings,
} from "memnet";
import { BatchWindow } from "./batch-window.ts";

type Question = Fields<typeof messages.batchRequest>;

const task = builtInTask("copy");
const trainingOf = (settings: object): RunConfig["training"] =>
  runConfig(
    {
      model: "ntm",
      controller: { hidden: 3 },
      memory: { slots: 5, width: 2 },
      heads: { reads: 1, writes: 1 },
      task: { name: "copy", bits: 2, length: [1, 3], ...settings },
      engine: "tfjs-cpu",
      seed: 9,
      sequencesPerStep: 200,
      microBatch: 2,
    },
    task,
  ).training;
const small = trainingOf({});
/** A micro-batch a sixth of the largest size that can be pushed, and one larger than that. */
const sixth = trainingOf({ bits: 10, length: [948, 948] });
const tooLarge = trainingOf({ bits: 60, length: [1100, 1100] });

/** The batch that the trainer would make itself. */
function expectedOf(leaf: number, training = small, step = 4): Batch {
  return makeBatch(task, taskSettings(training), {
    seed: 9,
    stream: 1,
    step: step - 1,
    from: leaf * 2,
    sequences: 2,
  });
}
const expected = expectedOf(3);

/** Creates a trainer's window, and a data-env that serves on demand. */
async function scene(training = small) {
  const network = memoryNetwork();
  const clock = virtualClock();
  const trainer = await testActor(network, "trainer", { clock });
  const dataEnv = await testActor(network, "data-env");
  const asked: Question[] = [];
  const { messenger } = dataEnv;
  const window = new BatchWindow(trainer, training, null, modelOf(training, task));
  return {
    clock,
    asked,
    window,
    async serve(make: (question: Question) => Batch[] | Promise<Batch[]>, hash?: string) {
      messenger.serve(messages.batchRequest, messages.batchAnswer, subjects.batch, async (question) => {
        asked.push(question);
        const batches = await make(question);
        const times = batches.map((batch) => batch.times);
        const { sequences } = batches[0]!;
        const { numberBytes, bytes } = packNumbers(batchFloats(batches));
        const { fields, body } = messenger.payload(`batch-${asked.length}`, bytes, hash);
        return {
          fields: { ok: true as const, dataEnv: "d1", times, sequences, numberBytes, ...fields },
          body,
        };
      });
      await settled(messenger.bus);
    },
    /** Takes a micro-batch without its maker. */
    take: async (step: number, leaf: number): Promise<Batch | null> =>
      (await window.take(step, leaf))?.batch ?? null,
    /** Lets the window receive an answer for an earlier step, so that it knows the size of micro-batches. */
    async warm() {
      assert.ok(await this.window.take(1, 0));
      asked.length = 0;
    },
    /** Resolves once every request so far has reached the data-env. */
    async arrived() {
      await settled(trainer.messenger.bus);
      await settled(messenger.bus);
    },
    used: (source: string) => counted(trainer.metrics, "memnet_batches_total", { source }),
    async [Symbol.asyncDispose]() {
      await trainer[Symbol.asyncDispose]();
      await dataEnv[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

const never = () => new Promise<Batch[]>(() => {});
const made = ({ steps, batches, from, ...question }: Question) =>
  Array.from({ length: steps * batches }, (_, index) =>
    makeBatch(task, question.settings, {
      ...question,
      step: question.step + Math.floor(index / batches),
      from: from + (index % batches) * question.sequences,
    }),
  );
const node = (lo: number, hi: number) => ({ lo, hi });
/** Formats requests as step:first leaf+micro-batches, with the number of steps if there are several. */
const runs = (asked: readonly Question[]) =>
  asked.map(
    ({ step, steps, from, batches }) =>
      `${step + 1}:${from / 2}+${batches}${steps > 1 ? ` of ${steps} steps` : ""}`,
  );

test("BatchWindow.take() gets exactly the batch that the trainer would make", async () => {
  await using at = await scene();
  await at.serve(made);
  assert.deepEqual(await at.take(4, 3), expected);
  assert.deepEqual(at.asked, [
    {
      task: "copy",
      sha256: null,
      file: null,
      settings: { bits: 2, length: [1, 3] },
      seed: 9,
      stream: 1,
      step: 3,
      steps: 1,
      from: 6,
      sequences: 2,
      batches: 1,
    },
  ]);
  assert.deepEqual([await at.used("data-env"), await at.used("trainer")], [1, 0]);
});

test("BatchWindow.ask() requests a node at once, and take() returns each micro-batch as the trainer would make it", async () => {
  await using at = await scene();
  await at.serve(made);
  await at.warm();
  at.window.ask(4, node(2, 7));
  const taken = await Promise.all([2, 3, 4, 5, 6].map((leaf) => at.take(4, leaf)));
  assert.deepEqual(runs(at.asked), ["4:2+5"]);
  assert.deepEqual(
    taken,
    [2, 3, 4, 5, 6].map((leaf) => expectedOf(leaf)),
  );
  assert.ok(new Set(taken.map((batch) => batch?.times)).size > 1, "each is as long as its own sequences");
});

test("BatchWindow.take() returns views of one copy, which holds only that step's part of the answer", async () => {
  // A body of this size is aligned in the received buffer, so reading it as floats makes no copy by itself.
  await using at = await scene(sixth);
  await at.serve(made);
  await at.warm();
  at.window.askAhead(3, node(0, 3), 2);
  const taken = await Promise.all([0, 1, 2].map((leaf) => at.take(5, leaf)));
  assert.deepEqual(runs(at.asked), ["4:0+3 of 2 steps"]);
  const parts = taken.flatMap((batch) => [batch!.x, batch!.y, batch!.mask]);
  const [buffer, ...others] = new Set(parts.map((part) => part.buffer));
  assert.equal(others.length, 0);
  assert.equal(
    buffer!.byteLength,
    parts.reduce((total, part) => total + part.byteLength, 0),
  );
});

test("BatchWindow.ask() requests each micro-batch once, adjacent ones in a single request", async () => {
  await using at = await scene();
  await at.serve(made);
  await at.warm();
  at.window.ask(4, node(3, 5));
  at.window.ask(4, node(3, 5));
  at.window.ask(4, node(8, 9));
  at.window.ask(4, node(0, 12));
  at.window.ask(5, node(0, 2));
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:3+2", "4:8+1", "4:0+3", "4:5+3", "4:9+3", "5:0+2"]);
  assert.deepEqual(await at.take(4, 3), expected);
  assert.equal(at.asked.length, 6);
});

test("BatchWindow.ask() splits a large node between several data-envs", async () => {
  await using at = await scene();
  await at.serve(made);
  await at.warm();
  at.window.ask(4, node(0, 40));
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:0+16", "4:16+16", "4:32+8"]);
});

test("BatchWindow.askAhead() requests many steps at once, when at most half of them are already requested", async () => {
  await using at = await scene();
  await at.serve(made);
  await at.warm();
  for (const step of [4, 5, 6, 7, 8, 9]) at.window.askAhead(step, node(2, 4), 8);
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["5:2+2 of 8 steps", "13:2+2 of 5 steps"]);
  for (const step of [5, 12, 13, 16]) {
    for (const leaf of [2, 3]) assert.deepEqual(await at.take(step, leaf), expectedOf(leaf, small, step));
  }
});

test("BatchWindow.askAhead() requests the steps of each of the curriculum's stages with its settings", async () => {
  const staged = { ...small, curriculum: [{ from: 6, task: { length: [2, 2] as [number, number] } }] };
  await using at = await scene(staged);
  await at.serve(made);
  await at.warm();
  at.window.askAhead(3, node(2, 4), 6);
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:2+2 of 2 steps", "6:2+2 of 4 steps"]);
  assert.deepEqual(
    at.asked.map(({ settings }) => settings.length),
    [
      [1, 3],
      [2, 2],
    ],
  );
});

test("BatchWindow.askAhead() requests the rest of a node, and a large node, step by step", async () => {
  await using at = await scene();
  await at.serve(made);
  await at.warm();
  at.window.ask(6, node(2, 3));
  at.window.askAhead(4, node(2, 4), 4);
  at.window.askAhead(20, node(0, 20), 2);
  await at.arrived();
  assert.deepEqual(runs(at.asked), [
    "6:2+1",
    "5:2+2",
    "6:3+1",
    "7:2+2 of 2 steps",
    "21:0+16",
    "21:16+4",
    "22:0+16",
    "22:16+4",
  ]);
});

test("BatchWindow.askAhead() requests no more than can be pushed", async () => {
  await using at = await scene(sixth);
  await at.serve(made);
  await at.warm();
  at.window.askAhead(4, node(0, 2), 8);
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["5:0+2 of 3 steps", "8:0+2 of 3 steps", "11:0+2 of 2 steps"]);
  assert.deepEqual(await at.take(12, 1), expectedOf(1, sixth, 12));
});

test("BatchWindow.ask() requests one micro-batch at a time until it knows their size, then as many as can be pushed", async () => {
  await using at = await scene(sixth);
  await at.serve(made);
  at.window.ask(4, node(0, 2));
  assert.deepEqual(await at.take(4, 1), expectedOf(1, sixth));
  at.window.ask(4, node(2, 12));
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:0+1", "4:1+1", "4:2+6", "4:8+4"]);
  assert.deepEqual(await at.take(4, 7), expectedOf(7, sixth));
});

test("BatchWindow.ask() requests micro-batches that have to be pulled one at a time", async () => {
  const batch = expectedOf(0, tooLarge);
  assert.ok(packNumbers(batchFloats([batch])).bytes.length > bodyBytesMax);
  await using at = await scene(tooLarge);
  await at.serve(made);
  assert.deepEqual(await at.take(4, 0), batch);
  at.window.ask(4, node(1, 3));
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:0+1", "4:1+1", "4:2+1"]);
  assert.deepEqual(await at.take(4, 2), expectedOf(2, tooLarge));
});

test("BatchWindow.ask() has a bounded window, from which forgetBefore() drops past steps", async () => {
  await using at = await scene();
  let answering = true;
  await at.serve((question) => (answering ? made(question) : never()));
  await at.warm();
  answering = false;
  for (const step of [4, 5, 6, 7]) at.window.ask(step, node(0, 80));
  at.window.askAhead(6, node(80, 84), 8);
  await at.arrived();
  assert.deepEqual(
    runs(at.asked),
    [4, 5, 6].flatMap((step) => [0, 16, 32, 48, 64].map((from) => `${step}:${from}+16`)).concat("7:0+16"),
  );
  assert.equal(await at.take(5, 99), null, "the trainer makes it, without waiting");
  at.window.forgetBefore(5);
  at.window.ask(7, node(0, 99));
  await at.arrived();
  assert.deepEqual(runs(at.asked.slice(16)), ["7:16+16", "7:32+16", "7:48+16", "7:64+16", "7:80+16"]);
});

test("BatchWindow.take() returns null for a late batch, and drops it", async () => {
  await using at = await scene();
  await at.serve(never);
  let over = false;
  const taking = at.take(4, 3).finally(() => {
    over = true;
  });
  at.clock.advance(49);
  await at.arrived();
  assert.equal(over, false);
  at.clock.advance(1);
  assert.equal(await taking, null);
  at.clock.advance(500);
  at.window.ask(4, node(3, 4));
  await at.arrived();
  assert.deepEqual(runs(at.asked), ["4:3+1", "4:3+1"], "a late one has left the window");
  assert.deepEqual([await at.used("data-env"), await at.used("trainer")], [0, 1]);
});

test("BatchWindow.take() waits for one late batch, then for no other until an answer arrives", async () => {
  await using at = await scene();
  let answer: (batches: Batch[]) => void = () => {};
  await at.serve((question) =>
    question.step < 3 ? made(question) : new Promise((resolve) => (answer = resolve)),
  );
  await at.warm();
  at.window.ask(4, node(3, 4));
  at.window.ask(5, node(3, 4));
  await at.arrived();
  const taking = at.take(4, 3);
  at.clock.advance(50);
  assert.equal(await taking, null);
  assert.equal(await at.take(5, 3), null, "though it was asked for");
  assert.equal(await at.take(6, 3), null);
  assert.deepEqual(runs(at.asked), ["4:3+1", "5:3+1"]);
  answer([expectedOf(3)]);
  await at.arrived();
  await at.arrived();
  assert.ok(await at.take(2, 3), "with the answer it is back");
});

test("BatchWindow.take() returns null at once if there is no data-env, and asks again after a rest", async () => {
  await using at = await scene();
  assert.equal(await at.take(4, 3), null);
  await at.serve(made);
  at.clock.advance(499);
  assert.equal(await at.take(4, 3), null);
  assert.deepEqual(at.asked, []);
  at.clock.advance(1);
  assert.deepEqual(await at.take(4, 3), expected);
});

test("BatchWindow.take() returns null for every micro-batch of a refused request", async () => {
  await using at = await scene();
  let answering = true;
  await at.serve((question) => {
    if (answering) return made(question);
    throw new RefusedError("TASK", "as planned");
  });
  await at.warm();
  answering = false;
  at.window.ask(4, node(2, 5));
  assert.deepEqual(await Promise.all([2, 3, 4].map((leaf) => at.take(4, leaf))), [null, null, null]);
  assert.deepEqual(runs(at.asked), ["4:2+3"]);
  assert.deepEqual([await at.used("data-env"), await at.used("trainer")], [1, 3]);
});

test("BatchWindow.take() returns null for a batch that is damaged or has the wrong sizes", async () => {
  await using damaged = await scene();
  await damaged.serve(made, "0".repeat(64));
  assert.equal(await damaged.window.take(4, 3), null);
  for (const wrong of [
    (question: Question) => made({ ...question, sequences: 1 }),
    (question: Question) => made({ ...question, batches: 2 }),
    (question: Question) => made(question).map((batch) => ({ ...batch, times: 90 })),
    (question: Question) => made({ ...question, settings: { bits: 3, length: [1, 3] } }),
  ]) {
    await using at = await scene();
    await at.serve(wrong);
    assert.equal(await at.take(4, 3), null, wrong.toString());
  }
});
