/** Tests that the simulated disk and the real one behave alike. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Disk, systemDisk } from "@memnet/service";
import { anything, bytes, randomOf, read, simulated, text } from "./disk.testing.ts";

async function inFolder(work: (disk: Disk, root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "memnet-disk-"));
  try {
    await work(systemDisk, root);
  } finally {
    await rm(root, { recursive: true });
  }
}

async function inSimulation(work: (disk: Disk, root: string) => Promise<void>): Promise<void> {
  const { mount } = simulated();
  await mount.mkdir("/root");
  await work(mount, "/root");
}

/** Properties of both disks. */
const alike: Record<string, (disk: Disk, root: string) => Promise<void>> = {
  async "reads what was written, replaced and appended"(disk, root) {
    const path = join(root, "a");
    await disk.writeFile(path, bytes("a long text"));
    await disk.writeFile(path, bytes("one"));
    await disk.append(path, bytes(" two"));
    const file = await disk.openAppend(path);
    await file.write(bytes(" three"));
    await file.sync();
    await file.close();
    assert.equal(await read(disk, path), "one two three");
    const { bytes: size, isFolder } = (await disk.stat(path))!;
    assert.deepEqual([size, isFolder], [13, false]);
    await disk.append(join(root, "new"), bytes("x"));
    assert.equal(await read(disk, join(root, "new")), "x");
  },
  async "gives out bytes that later writes do not change"(disk, root) {
    const given = bytes("one");
    await disk.writeFile(join(root, "a"), given);
    given.fill(0);
    const before = await disk.readFile(join(root, "a"));
    await disk.writeFile(join(root, "a"), bytes("two"));
    assert.equal(text(before), "one");
  },
  async "makes folders with those above, lists them in order, removes them whole"(disk, root) {
    await disk.mkdir(join(root, "b", "c", "d"));
    await disk.mkdir(join(root, "b"));
    await disk.writeFile(join(root, "b", "a"), bytes(""));
    assert.deepEqual(await disk.readdir(join(root, "b")), [
      { name: "a", isFolder: false },
      { name: "c", isFolder: true },
    ]);
    assert.equal((await disk.stat(join(root, "b")))?.isFolder, true);
    await disk.rm(join(root, "b"));
    await disk.rm(join(root, "b"));
    assert.equal(await disk.stat(join(root, "b")), undefined);
  },
  async "creates a file for one of many"(disk, root) {
    const path = join(root, "a");
    const tries = Array.from({ length: 8 }, (_, index) => disk.createExclusive(path, bytes(`${index}`)));
    const results = await Promise.allSettled(tries);
    const lost = results.filter((result) => result.status === "rejected");
    assert.deepEqual(
      lost.map(({ reason }) => reason.code),
      Array(7).fill("EEXIST"),
    );
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    assert.equal(await read(disk, path), `${winner}`);
  },
  async "renames over a file, over an empty folder, and with all that is in a folder"(disk, root) {
    await disk.mkdir(join(root, "from"));
    await disk.mkdir(join(root, "to"));
    await disk.writeFile(join(root, "from", "a"), bytes("a"));
    await disk.writeFile(join(root, "from", "c"), bytes("c"));
    await disk.writeFile(join(root, "b"), bytes("b"));
    await disk.rename(join(root, "from", "a"), join(root, "b"));
    await disk.rename(join(root, "from"), join(root, "to"));
    await disk.rename(join(root, "b"), join(root, "b"));
    assert.equal(await read(disk, join(root, "b")), "a");
    assert.equal(await read(disk, join(root, "to", "c")), "c");
    assert.equal(await read(disk, join(root, "from", "c")), "ENOENT");
  },
  async "lets an open file be written where its name has gone"(disk, root) {
    const path = join(root, "a");
    const replaced = await disk.openAppend(path);
    await disk.writeFile(join(root, "new"), bytes("new"));
    await disk.rename(join(root, "new"), path);
    await replaced.write(bytes("old"));
    await replaced.sync();
    await replaced.close();
    assert.equal(await read(disk, path), "new");
    const moved = await disk.openAppend(path);
    await disk.rename(path, join(root, "b"));
    await moved.write(bytes(", and more"));
    await moved.close();
    assert.equal(await read(disk, join(root, "b")), "new, and more");
    const removed = await disk.openAppend(join(root, "b"));
    await disk.rm(join(root, "b"));
    await removed.write(bytes("x"));
    await removed.close();
    assert.deepEqual(await disk.readdir(root), []);
  },
  async "adds at the end as it is by then, until the file is closed"(disk, root) {
    const path = join(root, "a");
    const [one, other] = [await disk.openAppend(path), await disk.openAppend(path)];
    await one.write(bytes("1"));
    await other.write(bytes("2"));
    await one.write(bytes("3"));
    assert.equal(await read(disk, path), "123");
    await disk.writeFile(path, bytes(""));
    await other.write(bytes("4"));
    assert.equal(await read(disk, path), "4");
    for (const file of [one, other]) await file.close();
    await assert.rejects(one.write(bytes("5")), { code: "EBADF" });
    await assert.rejects(one.sync(), { code: "EBADF" });
  },
  async "syncs files and folders by either name of it"(disk, root) {
    await disk.writeFile(join(root, "a"), bytes("a"));
    for (const path of [root, join(root, "a")]) {
      await disk.syncFile(path);
      await disk.syncFolder(path);
    }
  },
  async "says what is the matter by node's codes"(disk, root) {
    const [none, file, folder, full] = ["none", "file", "folder", "full"].map((name) => join(root, name));
    await disk.writeFile(file!, bytes("x"));
    await disk.mkdir(folder!);
    await disk.mkdir(join(full!, "inner"));
    const failing: [string, () => Promise<unknown>][] = [
      ["ENOENT", () => disk.readFile(none!)],
      ["ENOENT", () => disk.readdir(none!)],
      ["ENOENT", () => disk.syncFile(none!)],
      ["ENOENT", () => disk.syncFolder(none!)],
      ["ENOENT", () => disk.rename(none!, join(root, "to"))],
      ["ENOENT", () => disk.rename(file!, join(none!, "a"))],
      ["ENOENT", () => disk.writeFile(join(none!, "a"), bytes(""))],
      ["ENOENT", () => disk.createExclusive(join(none!, "a"), bytes(""))],
      ["ENOENT", () => disk.openAppend(join(none!, "a"))],
      ["ENOTDIR", () => disk.readFile(join(file!, "a"))],
      ["ENOTDIR", () => disk.writeFile(join(file!, "a"), bytes(""))],
      ["ENOTDIR", () => disk.stat(join(file!, "a"))],
      ["ENOTDIR", () => disk.readdir(file!)],
      ["ENOTDIR", () => disk.mkdir(join(file!, "a"))],
      ["ENOTDIR", () => disk.rm(join(file!, "a"))],
      ["ENOTDIR", () => disk.rename(folder!, file!)],
      ["ENOTDIR", () => disk.rename(file!, join(file!, "a"))],
      ["EISDIR", () => disk.readFile(folder!)],
      ["EISDIR", () => disk.writeFile(folder!, bytes(""))],
      ["EISDIR", () => disk.append(folder!, bytes(""))],
      ["EISDIR", () => disk.rename(file!, folder!)],
      ["EEXIST", () => disk.createExclusive(folder!, bytes(""))],
      ["EEXIST", () => disk.mkdir(file!)],
      ["ENOTEMPTY", () => disk.rename(folder!, full!)],
      ["ENOTEMPTY", () => disk.rename(join(full!, "inner"), full!)],
      ["EINVAL", () => disk.rename(full!, join(full!, "inner", "a"))],
    ];
    for (const [code, one] of failing) await assert.rejects(one(), { code });
  },
};

for (const [what, check] of Object.entries(alike)) {
  test(`SimulatedDisk ${what}`, () => inSimulation(check));
  test(`systemDisk ${what}`, () => inFolder(check));
}

test("SimulatedDisk does the same as systemDisk for any series of operations", async () => {
  for (let seed = 0; seed < 12; seed++) {
    const tell = async (disk: Disk, root: string) => anything(disk, root, randomOf(seed), 400);
    let real: string[] = [];
    await inFolder(async (disk, root) => {
      real = await tell(disk, root);
    });
    await inSimulation(async (disk, root) => assert.deepEqual(await tell(disk, root), real, `seed ${seed}`));
  }
});
