import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf } from "@memnet/protocol";
import { isTaskError } from "memnet";
import { tryTaskFile } from "./task-trial.ts";
import { waitForever } from "./testing.ts";

/** Returns the source of a task file that is valid apart from what is inserted. */
function source({ sequence = "", file = "" }): string {
  return `
    export const task = {
      name: "mine",
      settings: { length: [1, 2] },
      beyond: { length: [5] },
      input: () => 1,
      output: () => 1,
      sequence(settings, draws) {
        const times = draws.integer(...settings.length);
        ${sequence}
        const x = Float32Array.from({ length: times }, () => draws.bit());
        return { times, x, y: x.slice(), mask: x.slice().fill(1) };
      },
    };
    ${file}`;
}

async function tried(text: string, options: Parameters<typeof tryTaskFile>[2] = {}): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "memnet-trial-"));
  const path = join(folder, "mine.mjs");
  await writeFile(path, text);
  try {
    await tryTaskFile(path, hashOf(new TextEncoder().encode(text)), options);
    return null;
  } catch (error) {
    assert.ok(isTaskError(error) || error instanceof RangeError, String(error));
    return error.message.replaceAll(path, "FILE");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Long enough for a thread to load a file on a busy machine. */
const deadlineMs = 3000;

test("tryTaskFile() accepts a task that follows the rules", async () => {
  assert.equal(await tried(source({})), null);
});

test("tryTaskFile() detects a task that never returns, ends its process or fails on its own", async () => {
  const [looping, ending, loopingFile, endingFile, waitingFile, failingFile] = await Promise.all([
    tried(source({ sequence: "for (;;);" }), { deadlineMs }),
    tried(source({ sequence: "process.exit(0);" })),
    tried(source({ file: waitForever }), { deadlineMs }),
    tried(source({ file: "process.exit(0);" })),
    tried(source({ file: "await new Promise(() => {});" }), { deadlineMs }),
    tried(
      source({ file: "setImmediate(() => { throw new Error('later'); }); await new Promise(() => {});" }),
    ),
  ]);
  const making = "Cannot use task mine: making its sequences (length 1–2)";
  assert.equal(looping, `${making} must take at most 3 s, and has not ended`);
  assert.equal(ending, `${making} must not end the process, and it called process.exit()`);
  const loading = "Cannot use FILE as a task: loading it";
  assert.equal(loopingFile, `${loading} must take at most 3 s, and has not ended`);
  assert.equal(endingFile, `${loading} must not end the process, and it called process.exit()`);
  assert.equal(waitingFile, `${loading} must take at most 3 s, and has not ended`);
  assert.equal(failingFile, `${loading} must not end the process, and it failed: later`);
});

test("tryTaskFile() reports the rule that a task or its file breaks", async () => {
  const [promise, size, file, none] = await Promise.all([
    tried(source({ sequence: "return Promise.resolve();" })),
    tried(source({ sequence: "if (times === 5) return null;" })),
    tried(source({ file: "throw new Error('no luck');" })),
    tried("export const tasks = 3;"),
  ]);
  const rule = "sequence() must return { times, x, y, mask }";
  assert.equal(promise, `Cannot use task mine: ${rule}, got a Promise (length 1–2)`);
  assert.equal(size, `Cannot use task mine: ${rule}, got null (length 5)`);
  assert.equal(file, "Cannot load the task file FILE: Error: no luck");
  assert.equal(none, "Cannot use FILE as a task: it must export `task`");
});

test("tryTaskFile() tries the run's sizes", async () => {
  const text = source({ sequence: "if (times === 9) return null;" });
  assert.equal(await tried(text), null);
  assert.match((await tried(text, { settings: { length: [2, 9] } }))!, /got null \(length 2–9\)$/);
});

test("tryTaskFile() tries a file once per process for the same settings", async () => {
  const gone = [`/${"gone".repeat(4)}.mjs`, "0".repeat(64)] as const;
  const folder = await mkdtemp(join(tmpdir(), "memnet-trial-"));
  const path = join(folder, "mine.mjs");
  const text = source({});
  await writeFile(path, text);
  const sha256 = hashOf(new TextEncoder().encode(text));
  await tryTaskFile(path, sha256);
  await rm(folder, { recursive: true });
  await tryTaskFile(path, sha256);
  await tryTaskFile(path, sha256, { settings: { length: [1, 2] } });
  await assert.rejects(tryTaskFile(path, sha256, { settings: { length: 2 } }), RangeError);
  await assert.rejects(tryTaskFile(...gone), RangeError);
});
