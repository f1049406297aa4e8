import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf } from "@memnet/protocol";
import { loadTask, readTaskFile } from "./task-file.ts";

const source = (name: string, input: number): string => `
export const task: { name: string } & Record<string, unknown> = {
  name: ${JSON.stringify(name)},
  settings: { bits: 2 },
  beyond: {},
  input: () => ${input},
  output: () => 1,
  sequence: () => ({ times: 1, x: new Float32Array(${input}), y: new Float32Array(1), mask: new Float32Array([1]) }),
};
`;

interface TaskFile extends AsyncDisposable {
  readonly path: string;
  readonly sha256: string;
  /** Writes the file and resolves with its new hash. */
  write(text: string): Promise<string>;
}

async function file(text: string, name = "mine.mts"): Promise<TaskFile> {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  const path = join(folder, name);
  const write = async (next: string): Promise<string> => {
    await writeFile(path, next);
    return hashOf(new TextEncoder().encode(next));
  };
  return {
    path,
    sha256: await write(text),
    write,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test("loadTask() returns memnet's own tasks by name", async () => {
  assert.equal((await loadTask({ name: "copy" }, null)).name, "copy");
  await assert.rejects(loadTask({ name: "sort" }, null), /Unknown task "sort"/);
});

test("loadTask() loads a user's file, and loads it again after a change", async () => {
  await using mine = await file(source("mine", 3));
  const first = await loadTask({ name: "mine", sha256: mine.sha256 }, mine.path);
  assert.equal(first.input({}), 3);
  const second = await loadTask({ name: "mine", sha256: await mine.write(source("mine", 4)) }, mine.path);
  assert.equal(second.input({}), 4);
});

test("loadTask() rejects a changed file for which the module cache returns the old task", async () => {
  await using mine = await file(source("mine", 3), "mine.ts");
  await loadTask({ name: "mine", sha256: mine.sha256 }, mine.path);
  const changed = await mine.write(source("mine", 4));
  await assert.rejects(loadTask({ name: "mine", sha256: changed }, mine.path), /must be restarted/);
});

test("loadTask() rejects a file that is missing, has another hash, or holds no task of that name", async () => {
  await using mine = await file(source("mine", 3));
  const { path, sha256 } = mine;
  await assert.rejects(loadTask({ name: "mine", sha256 }, null), /no file was named/);
  await assert.rejects(
    loadTask({ name: "mine", sha256 }, `${path}.gone`),
    /mine\.mts\.gone: it must be a file/,
  );
  await assert.rejects(
    loadTask({ name: "mine", sha256: "0".repeat(64) }, path),
    /must have the SHA-256 0+, got/,
  );
  await assert.rejects(loadTask({ name: "other", sha256 }, path), /is named mine/);
  const broken = await mine.write("export const task = 3;");
  await assert.rejects(loadTask({ name: "mine", sha256: broken }, path), /must export `task`/);
});

test("readTaskFile() returns the task, its hash and its path", async () => {
  await using mine = await file(source("mine", 3));
  const { task, sha256, path } = await readTaskFile(mine.path);
  assert.deepEqual([task.name, sha256, path], ["mine", mine.sha256, mine.path]);
});

test("readTaskFile() reads JavaScript, which may import TypeScript", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  context.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "typed.mts"), source("typed", 3));
  for (const [name, text] of [
    ["plain.mjs", source("plain", 3).replace(/: \{ name.*?>/, "")],
    ["outer.mjs", 'export { task } from "./typed.mts";'],
    ["outer.cjs", 'module.exports = { task: require("./typed.mts").task };'],
  ] as const) {
    const path = join(folder, name);
    await writeFile(path, text);
    const { task } = await readTaskFile(path);
    assert.equal(task.name, name === "plain.mjs" ? "plain" : "typed", name);
  }
});
