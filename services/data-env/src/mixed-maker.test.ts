import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { hashOf } from "@memnet/protocol";
import { localMaker } from "./maker.ts";
import { mixedMaker } from "./mixed-maker.ts";
import { question } from "./testing.ts";

/** A task that tells in its batch's x whether a worker thread made it. */
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

test("mixedMaker() lets a worker thread make a user's task", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  const file = join(folder, "telling.mjs");
  await writeFile(file, telling);
  const own = {
    ...{ ...question, task: "telling", file, sha256: hashOf(Buffer.from(telling)), settings: {} },
    ...{ steps: 1, sequences: 1, batches: 1 },
  };
  const maker = mixedMaker();
  try {
    const [here, there] = [await localMaker().make(own), await maker.make(own)];
    assert.notEqual(here.hash, there.hash);
  } finally {
    await maker.stop();
    await rm(folder, { recursive: true });
  }
});
