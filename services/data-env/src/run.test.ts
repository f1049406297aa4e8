import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, messages, RefusedError, subjects, unpackNumbers } from "@memnet/protocol";
import { NoRespondersError } from "@memnet/service";
import { counted, memoryNetwork, settled, testActor } from "@memnet/service/testing";
import { batchesOf, batchFloats, builtInTask, makeBatch } from "memnet";
import { type BatchQuestion, type Maker, TaskMaker } from "./maker.ts";
import { question as larger } from "./question.testing.ts";
import { run } from "./run.ts";

const question: BatchQuestion = { ...larger, settings: { bits: 3, length: [2, 4] }, steps: 1, batches: 2 };

/** Creates a data-env that has said hello, and a trainer that sends requests. */
async function scene(maker: Maker = new TaskMaker()) {
  const network = memoryNetwork();
  const trainer = await testActor(network, "trainer");
  const dataEnv = await testActor(network, "data-env");
  const { messenger } = trainer;
  const hello = new Promise((resolve) => messenger.hear(messages.hello, subjects.hello, resolve));
  await settled(messenger.bus);
  const stop = new AbortController();
  const running = run({ actor: dataEnv, maker }, stop.signal);
  return {
    dataEnv,
    messenger,
    hello: await hello,
    ask: (more: Partial<BatchQuestion> = {}) =>
      messenger.ask(
        messages.batchRequest,
        messages.batchAnswer,
        subjects.batch,
        { ...question, ...more },
        10_000,
      ),
    async stop() {
      stop.abort();
      await running;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await trainer[Symbol.asyncDispose]();
      await dataEnv[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

test("run() says hello and answers with the requested batches", async () => {
  await using at = await scene();
  const { id } = at.dataEnv.messenger;
  assert.deepEqual(at.hello, { id, role: "data-env", machine: "box", run: null, metricsPort: null });
  const { fields, body } = await at.ask();
  const { times, sequences, numberBytes, hash } = fields;
  const expected = [4, 7].map((from) =>
    makeBatch(builtInTask("copy"), question.settings, { ...question, from }),
  );
  assert.deepEqual(
    batchesOf(unpackNumbers({ numberBytes, bytes: body }), { times, sequences, input: 5, output: 3 }),
    expected,
  );
  assert.deepEqual([hash, fields.blob], [hashOf(body), null]);
});

test("run() refuses a task that it cannot make with the code TASK, and keeps serving", async () => {
  await using at = await scene();
  for (const [more, message] of [
    [{ task: "nope" }, /^Cannot make these batches: Unknown task "nope"/],
    [{ task: "mine", file: "/none/mine.ts", sha256: "0".repeat(64) }, /\/none\/mine\.ts/],
  ] as const) {
    await assert.rejects(
      at.ask(more),
      (error) => error instanceof RefusedError && error.code === "TASK" && message.test(error.message),
    );
  }
  assert.equal((await at.ask()).fields.sequences, 3);
});

test("run() announces large batches as a blob, and keeps each while others are requested", async () => {
  await using at = await scene();
  const large = { settings: { bits: 60, length: [600, 600] as [number, number] }, sequences: 2 };
  const answers = await Promise.all([7, 8].map((step) => at.ask({ ...large, step })));
  for (const [index, { fields, body }] of answers.entries()) {
    assert.equal(body.length, 0);
    assert.equal(fields.blob?.owner, at.dataEnv.messenger.id);
    const bytes = await at.messenger.received(fields, body, "data-env", fields.blob!.bytes);
    const expected = [4, 6].map((from) =>
      makeBatch(builtInTask("copy"), large.settings, { ...question, ...large, step: 7 + index, from }),
    );
    assert.ok(bytes.length > 512 * 1024);
    const { numberBytes } = fields;
    assert.deepEqual(unpackNumbers({ numberBytes, bytes }), batchFloats(expected));
  }
});

test("run() reports how many batches it has made in its status and metrics", async () => {
  await using at = await scene();
  for (const step of [1, 2, 3]) await at.ask({ step });
  const asked = at.messenger.ask(messages.askStatus, messages.status, subjects.status, {}, 5000);
  const { role, state, detail } = (await asked).fields;
  assert.deepEqual([role, state, detail.batches], ["data-env", "serving", 6]);
  const { batchesPerSecond, answerMs } = detail as Record<string, number>;
  assert.ok(batchesPerSecond! > 0 && answerMs! > 0, JSON.stringify(detail));
  assert.equal(await counted(at.dataEnv.metrics, "memnet_batches_made_total"), 6);
});

test("run() on stop answers no more, and stops its maker", async () => {
  let stopped = false;
  const maker = new TaskMaker();
  await using at = await scene({
    make: (question) => maker.make(question),
    stop: async () => {
      stopped = true;
    },
  });
  await at.stop();
  assert.equal(stopped, true);
  await settled(at.dataEnv.messenger.bus);
  await assert.rejects(at.ask(), NoRespondersError);
});
