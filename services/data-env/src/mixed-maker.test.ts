import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { hashOf } from "@memnet/protocol";
import { localMaker } from "./maker.ts";
import { mixedMaker } from "./mixed-maker.ts";
import { question } from "./testing.ts";

/** A task whose x says whether a worker thread made the batch. */
const telling = `import { isMainThread } from "node:worker_threads";
  const x = Float32Array.of(isMainThread ? 0 : 1), one = Float32Array.of(1);
  export const task = {
    name: "telling", settings: {}, beyond: {}, input: () => 1, output: () => 1,
    sequence: () => ({ times: 1, x, y: one, mask: one }),
  };`;

test("mixedMaker() makes the same batches as any maker", async () => {
  const maker = mixedMaker();
  assert.deepEqual(await maker.make(question), await localMaker().make(question));
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
  const [here, there] = [await localMaker().make(asked), await maker.make(asked)];
  assert.notDeepEqual(here.bytes, there.bytes);
});

test("mixedMaker() ends a thread whose task never returns, and starts another for the next question", async (context) => {
  // The draws know their step, so this task passes its trial and hangs only at step 99.
  const hanging = telling.replace("() => ({", "(_, draws) => { while (draws.step === 99); return {");
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
