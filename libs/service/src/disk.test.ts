import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Disk, systemDisk as disk, writeDurably } from "./disk.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = async (path: string): Promise<string> => new TextDecoder().decode(await disk.readFile(path));

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "memnet-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("systemDisk writes, reads, appends, renames and removes", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "er", "file");
    await disk.mkdir(join(folder, "deep", "er"));
    await disk.mkdir(join(folder, "deep", "er"));
    await disk.writeFile(path, bytes("one"));
    await disk.append(path, bytes(" two"));
    const file = await disk.openAppend(path);
    await file.write(bytes(" three"));
    await file.sync();
    await file.close();
    await disk.syncFile(path);
    assert.equal(await text(path), "one two three");
    assert.equal(Object.getPrototypeOf(await disk.readFile(path)), Uint8Array.prototype);
    await disk.rename(path, `${path}2`);
    await disk.mkdir(join(folder, "deep", "er", "a"));
    assert.deepEqual(await disk.readdir(join(folder, "deep", "er")), [
      { name: "a", isFolder: true },
      { name: "file2", isFolder: false },
    ]);
    const found = await disk.stat(`${path}2`);
    assert.deepEqual({ ...found, modified: 0 }, { isFolder: false, bytes: 13, modified: 0 });
    await disk.rm(join(folder, "deep"));
    await disk.rm(join(folder, "deep"));
    assert.equal(await disk.stat(join(folder, "deep")), undefined);
    await assert.rejects(disk.readFile(path), { code: "ENOENT" });
  }));

test("createExclusive() succeeds for exactly one of many callers", () =>
  inFolder(async (folder) => {
    const tries = Array.from({ length: 8 }, (_, index) =>
      disk.createExclusive(join(folder, "1"), bytes(String(index))),
    );
    const results = await Promise.allSettled(tries);
    const lost = results.filter((result) => result.status === "rejected");
    assert.equal(lost.length, 7);
    for (const { reason } of lost) assert.equal(reason.code, "EEXIST");
  }));

test("writeDurably() syncs the bytes before the name, and the name before it resolves", async () => {
  const calls: string[] = [];
  const recorder = new Proxy(disk, {
    get:
      (_, name) =>
      async (...args: unknown[]) => {
        calls.push([String(name), ...args.filter((arg) => typeof arg === "string")].join(" "));
      },
  }) as Disk;
  await writeDurably(recorder, "/runs/r/state", bytes("x"));
  assert.deepEqual(calls, [
    "writeFile /runs/r/state.tmp",
    "syncFile /runs/r/state.tmp",
    "rename /runs/r/state.tmp /runs/r/state",
    "syncFolder /runs/r",
  ]);
});

test("writeDurably() replaces a file and leaves no other behind", () =>
  inFolder(async (folder) => {
    const path = join(folder, "state");
    await writeDurably(disk, path, bytes("longer before"));
    await writeDurably(disk, path, bytes("after"));
    assert.equal(await text(path), "after");
    assert.equal((await disk.readdir(folder)).length, 1);
  }));

test(
  "systemDisk.mkdir() rejects if a folder cannot be created",
  {
    skip: process.platform !== "linux",
    timeout: 10_000,
  },
  () =>
    inFolder(async (folder) => {
      await assert.rejects(disk.mkdir("/proc/memnet/deep"), { code: "ENOENT" });
      const file = join(folder, "file");
      await disk.writeFile(file, bytes(""));
      await assert.rejects(disk.mkdir(file), { code: "EEXIST" });
      await assert.rejects(disk.mkdir(join(file, "deep", "er")), { code: "ENOTDIR" });
      await Promise.all(Array.from({ length: 8 }, () => disk.mkdir(join(folder, "a", "b", "c"))));
      assert.equal((await disk.stat(join(folder, "a", "b", "c")))?.isFolder, true);
    }),
);
