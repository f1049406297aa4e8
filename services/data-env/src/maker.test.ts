import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { hashOf, unpackNumbers } from "@memnet/protocol";
import { batchesOf, builtInTask, makeBatch } from "memnet";
import { TaskMaker } from "./maker.ts";
import { question } from "./testing.ts";

test("TaskMaker.make() makes the requested batches of each step", async () => {
  const made = await new TaskMaker().make(question);
  const { times, sequences } = made;
  const expected = [9, 10].flatMap((step) =>
    [4, 7, 10].map((from) => makeBatch(builtInTask("copy"), question.settings, { ...question, step, from })),
  );
  assert.ok(new Set(times).size > 1, "each is as long as its own sequences");
  assert.deepEqual(batchesOf(unpackNumbers(made), { times, sequences, input: 5, output: 3 }), expected);
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
