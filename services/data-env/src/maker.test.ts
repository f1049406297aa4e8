import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { hashOf, unpackNumbers } from "@memnet/protocol";
import { waitForever } from "@memnet/service/testing";
import { batchesOf, builtInTask, makeBatch } from "memnet";
import { mixedMaker, TaskMaker } from "./maker.ts";
import { question } from "./question.testing.ts";

test("TaskMaker.make() makes the requested batches of each step", async () => {
  const made = await new TaskMaker().make(question);
  const { times, sequences } = made;
  const expected = [9, 10].flatMap((step) =>
    [4, 7, 10].map((from) => makeBatch(builtInTask("copy"), question.settings, { ...question, step, from })),
  );
  assert.ok(new Set(times).size > 1, "each is as long as its own sequences");
  assert.deepEqual(batchesOf(unpackNumbers(made), { times, sequences, input: 5, output: 3 }), expected);
});

test("TaskMaker.make() refuses batches that would take the memory of the machine, before it makes any", async () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const huge of [
    { settings: { bits: 8, length: [1, 200_000] }, sequences: 65_536, steps: 1, batches: 1 },
    { settings: { bits: 1_000_000, length: [1, 1_000_000] }, sequences: 1, steps: 1, batches: 1 },
    { settings: { bits: 8, length: [1, 1000] }, sequences: 65_536, steps: 8, batches: 8 },
  ] as const) {
    const { bits, length } = huge.settings;
    const asked = { ...question, ...huge, settings: { bits, length: [...length] as [number, number] } };
    await assert.rejects(new TaskMaker().make(asked), /must have at most 8388608 numbers, got up to/);
  }
  const taken = process.memoryUsage().arrayBuffers - before;
  assert.ok(taken < 512 * 1024 * 1024, `took ${taken} bytes`);
});

test("TaskMaker.make() refuses an unknown task", async () => {
  await assert.rejects(new TaskMaker().make({ ...question, task: "nope" }), /Unknown task "nope"/);
});

test("TaskMaker.make() makes a user's own task, and refuses another file of the same name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  try {
    const file = join(folder, "ones.mjs");
    const text = `export const task = {
      name: "ones", settings: { length: [1, 3] }, beyond: {}, input: () => 1, output: () => 1,
      sequence(settings, draws) {
        const times = draws.integer(settings.length[0], settings.length[1]);
        const ones = new Float32Array(times).fill(1);
        return { times, x: ones, y: ones, mask: ones };
      },
    };`;
    await writeFile(file, text);
    const own = {
      ...question,
      task: "ones",
      file,
      sha256: hashOf(Buffer.from(text)),
      settings: { length: [2, 2] as [number, number] },
    };
    const made = await new TaskMaker().make(own);
    assert.deepEqual([made.times, made.sequences], [[2, 2, 2, 2, 2, 2], 3]);
    await assert.rejects(
      new TaskMaker().make({ ...own, sha256: "0".repeat(64) }),
      /must have the SHA-256 0000/,
    );
    await assert.rejects(
      new TaskMaker().make({ ...own, file: join(folder, "none.mjs") }),
      /must be a file that can be read/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A task whose x says whether a worker thread made the batch. */
const telling = `import { isMainThread } from "node:worker_threads";
  const x = Float32Array.of(isMainThread ? 0 : 1), one = Float32Array.of(1);
  export const task = {
    name: "telling", settings: {}, beyond: {}, input: () => 1, output: () => 1,
    sequence: () => ({ times: 1, x, y: one, mask: one }),
  };`;

test("mixedMaker() makes the same batches as any maker", async () => {
  const maker = mixedMaker();
  assert.deepEqual(await maker.make(question), await new TaskMaker().make(question));
  await maker.stop();
});

/** Writes a user's own task to a folder that is removed after the test, and returns a question for it. */
async function own(context: TestContext, source: string) {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "telling.mjs");
  await writeFile(file, source);
  return {
    ...{ ...question, task: "telling", file, sha256: hashOf(Buffer.from(source)), settings: {} },
    ...{ steps: 1, sequences: 1, batches: 1 },
  };
}

test("mixedMaker() makes a user's task in a worker thread", async (context) => {
  const asked = await own(context, telling);
  const maker = mixedMaker();
  context.after(() => maker.stop());
  const [here, there] = [await new TaskMaker().make(asked), await maker.make(asked)];
  assert.notDeepEqual(here.bytes, there.bytes);
});

test("mixedMaker() ends a thread whose task never returns, and starts another for the next question", async (context) => {
  // The draws know their step, so this task passes its trial and hangs only at step 99.
  const hanging = telling.replace(
    "() => ({",
    `(_, draws) => { if (draws.step === 99) ${waitForever} return {`,
  );
  const asked = await own(context, hanging.replace("mask: one })", "mask: one }; }"));
  const maker = mixedMaker(3000);
  context.after(() => maker.stop());
  await maker.make({ ...asked, step: 98 });
  const [stuck, behind] = await Promise.allSettled([
    maker.make({ ...asked, step: 99 }),
    maker.make({ ...asked, step: 100 }),
  ]);
  for (const one of [stuck, behind]) {
    assert.equal(one.status, "rejected");
    assert.match(String(one.reason), /^ThreadExitError: /);
  }
  await maker.make({ ...asked, step: 101 });
});
