/** What happens between the parts of an operation, and what remains of operations that fail. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce, bytes, keep, randomOf, read, seeds, simulated } from "./disk.testing.ts";
import { type Change, SimulatedDisk } from "./disk.ts";

test("SimulatedDisk keeps the first part of what a killed process was writing", async () => {
  const found = new Set<string>();
  for (let seed = 0; seed < seeds; seed++) {
    for (let turns = 0; turns < 3; turns++) {
      const disk = new SimulatedDisk(randomOf(seed));
      let left = turns;
      const mount = disk.mount(() => (left-- > 0 ? Promise.resolve() : new Promise(() => {})));
      void mount.writeFile("/a", bytes("abc"));
      await new Promise((resolve) => setImmediate(resolve));
      found.add(`${turns} ${await read(disk.mount(atOnce), "/a")}`);
    }
  }
  assert.deepEqual(found, new Set(["0 ENOENT", "1 ", "1 a", "1 ab", "1 abc", "2 abc"]));
});

test("SimulatedDisk reads and syncs the opened file, even if its name has been reused", async () => {
  const { disk, mount } = simulated();
  await keep(mount, { "/a": "old" });
  const replacedAt = (operation: string, now: string) =>
    disk.mount(async (begun) => {
      if (begun !== operation) return;
      await mount.writeFile("/b", bytes(now));
      await mount.rename("/b", "/a");
      await mount.syncFolder("/");
    });
  assert.equal(await read(replacedAt("read", "new"), "/a"), "old");
  assert.equal(await read(mount, "/a"), "new");
  await replacedAt("sync", "newer").syncFile("/a");
  assert.equal(await read(mount, "/a"), "newer");
  assert.deepEqual(disk.durable().readFile("/a"), bytes(""));
});

test("SimulatedDisk may have done a rename that fails with an input/output error", async () => {
  const found = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const { mount } = simulated(seed, { fault: (operation) => (operation === "rename" ? "EIO" : null) });
    await mount.writeFile("/a", bytes("x"));
    await assert.rejects(mount.rename("/a", "/b"), { code: "EIO" });
    found.add(`${await read(mount, "/a")} ${await read(mount, "/b")}`);
  }
  assert.deepEqual(found, new Set(["x ENOENT", "ENOENT x"]));
});

test("SimulatedDisk removes what is in a folder in any order", async () => {
  const left = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const { disk, mount } = simulated(seed);
    await mount.mkdir("/r");
    for (const name of ["a", "b"]) await mount.writeFile(`/r/${name}`, bytes(""));
    let turns = 3;
    const dying = disk.mount(() => (--turns > 0 ? Promise.resolve() : new Promise(() => {})));
    void dying.rm("/r");
    await new Promise(setImmediate);
    left.add((await mount.readdir("/r")).map(({ name }) => name).join());
  }
  assert.deepEqual(left, new Set(["a", "b"]));
});

test("SimulatedDisk writes a part when full, and fails no operation that needs no space", async () => {
  const written = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    let full = false;
    const { mount } = simulated(seed, { fault: () => (full ? "ENOSPC" : null) });
    const file = await mount.openAppend("/a");
    await mount.writeFile("/b", bytes("b"));
    full = true;
    await assert.rejects(file.write(bytes("cd")), { code: "ENOSPC" });
    written.add(await read(mount, "/a"));
    await assert.rejects(mount.writeFile("/new", bytes("x")), { code: "ENOSPC" });
    await assert.rejects(mount.mkdir("/folder"), { code: "ENOSPC" });
    await file.sync();
    await mount.syncFolder("/");
    await mount.writeFile("/a", bytes(""));
    await mount.mkdir("/");
    await assert.rejects(mount.rename("/b", "/new"), { code: "ENOSPC" });
    await mount.rename("/b", "/a");
    await mount.rm("/a");
    assert.deepEqual(await mount.readdir("/"), []);
  }
  assert.deepEqual(written, new Set(["", "c", "cd"]));
});

test("SimulatedDisk.mount() asks before each operation whether it fails, and reports each change", async () => {
  const asked: string[] = [];
  const told: [Change, string][] = [];
  const { mount } = simulated(3, {
    fault(operation, path) {
      asked.push(`${operation} ${path}`);
      return null;
    },
    changed: (change, path) => void told.push([change, path]),
  });
  await mount.mkdir("/r/s");
  await mount.createExclusive("/r/a", bytes(""));
  const file = await mount.openAppend("/r/a");
  await mount.rename("/r/a", "/r/s/b");
  await file.write(bytes("x"));
  await file.sync();
  await file.close();
  await mount.syncFile("/r/s/b");
  await mount.readFile("/r/s/b");
  await mount.rm("/r");
  assert.deepEqual(asked, [
    "mkdir /r/s",
    "create /r/a",
    "create /r/a",
    "rename /r/a",
    "write /r/a",
    "sync /r/a",
    "close /r/a",
    "open /r/s/b",
    "sync /r/s/b",
    "open /r/s/b",
    "read /r/s/b",
    "rm /r",
    "rm /r",
    "rm /r/s",
  ]);
  assert.deepEqual(told, [
    ["create", "/r"],
    ["create", "/r/s"],
    ["create", "/r/a"],
    ["take", "/r/a"],
    ["place", "/r/s/b"],
    ["write", "/r/s/b"],
    ["take", "/r/s/b"],
    ["take", "/r/s"],
    ["take", "/r"],
  ]);
});
