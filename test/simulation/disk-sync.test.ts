/** What a sync makes durable, and what happens if one fails. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { writeDurably } from "@memnet/service";
import { afterCrashOf, atOnce, bytes, keep, read, seeds, simulated } from "./disk.testing.ts";
import type { SimulatedDisk } from "./disk.ts";

test("SimulatedDisk may lose what a failed sync covered, though later syncs succeed and it reads well", async () => {
  let failing = false;
  const found = new Set<string>();
  for (let seed = 0; seed < seeds; seed++) {
    const fault = (operation: string) => (failing && operation === "sync" ? "EIO" : null);
    const { disk, mount } = simulated(seed, { fault });
    await keep(mount, { "/a": "ab" });
    await mount.append("/a", bytes("cd"));
    await mount.writeFile("/b", bytes("x"));
    failing = true;
    await assert.rejects(mount.syncFile("/a"), { code: "EIO" });
    await assert.rejects(mount.syncFolder("/"), { code: "EIO" });
    failing = false;
    await mount.append("/a", bytes("ef"));
    for (const path of ["/a", "/b", "/"]) await mount.syncFile(path);
    assert.deepEqual([await read(mount, "/a"), await read(mount, "/b")], ["abcdef", "x"]);
    assert.deepEqual(
      [disk.durable().readFile("/a"), disk.durable().readFile("/b")],
      [bytes("ab"), undefined],
    );
    disk.crash();
    found.add(`${await read(mount, "/a")} ${await read(mount, "/b")}`);
  }
  assert.deepEqual(found, new Set(["abcdef x", "ab\0\0ef x", "abcdef ENOENT", "ab\0\0ef ENOENT"]));
});

test("SimulatedDisk may bring back what was replaced before a failed sync, even if later syncs succeed", async () => {
  for (const now of ["", "n"]) {
    let failing = false;
    const prepare = async (disk: SimulatedDisk) => {
      const fault = (operation: string) => (failing && operation === "sync" ? "EIO" : null);
      const mount = disk.mount(atOnce, { fault });
      await keep(mount, { "/a": "old" });
      await mount.writeFile("/a", bytes(now));
      failing = true;
      await assert.rejects(mount.syncFile("/a"), { code: "EIO" });
      failing = false;
      await mount.syncFile("/a");
      assert.equal(await read(mount, "/a"), now);
      assert.deepEqual(disk.durable().readFile("/a"), bytes(""));
    };
    const zeros = now === "" ? [] : ["\0"];
    assert.deepEqual(await afterCrashOf(prepare, "/a"), new Set(["old", now, ...zeros]));
    const again = async (disk: SimulatedDisk) => {
      await prepare(disk);
      await keep(disk.mount(atOnce), { "/a": "new" });
    };
    assert.deepEqual(await afterCrashOf(again, "/a"), new Set(["new"]));
  }
});

test("SimulatedDisk loses nothing by a failed sync that had nothing to do", async () => {
  let failing = false;
  const found = await afterCrashOf(async (disk) => {
    const mount = disk.mount(atOnce, {
      fault: (operation) => (failing && operation === "sync" ? "EIO" : null),
    });
    await keep(mount, { "/a": "a" });
    failing = true;
    await assert.rejects(mount.syncFile("/a"), { code: "EIO" });
    await assert.rejects(mount.syncFolder("/"), { code: "EIO" });
    failing = false;
    await mount.append("/a", bytes("b"));
    await mount.syncFile("/a");
    assert.deepEqual(disk.durable().readFile("/a"), bytes("ab"));
  }, "/a");
  assert.deepEqual(found, new Set(["ab"]));
});

test("SimulatedDisk lets data that a failed sync gave up be written and named again", async () => {
  let failing = false;
  const failed = async (disk: SimulatedDisk) => {
    const mount = disk.mount(atOnce, {
      fault: (operation) => (failing && operation === "sync" ? "EIO" : null),
    });
    await mount.writeFile("/a", bytes("ab"));
    failing = true;
    await assert.rejects(mount.syncFile("/a"), { code: "EIO" });
    await assert.rejects(mount.syncFolder("/"), { code: "EIO" });
    failing = false;
    return mount;
  };
  const found = await afterCrashOf(async (disk) => {
    const mount = await failed(disk);
    await mount.writeFile("/a", bytes("ab"));
    await mount.syncFile("/a");
  }, "/a");
  assert.deepEqual(found, new Set(["ab", "ENOENT"]));
  const named = await afterCrashOf(
    async (disk) => writeDurably(await failed(disk), "/a", bytes("new")),
    "/a",
  );
  assert.deepEqual(named, new Set(["new"]));
});

test("SimulatedDisk makes nothing durable that was written after a sync began", async () => {
  let begun = (): void => {};
  const turn = async (operation: string) => {
    if (operation !== "sync") return;
    begun();
    await new Promise(setImmediate);
  };
  const meanwhile = async (sync: () => Promise<void>, work: () => Promise<void>) => {
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const syncing = sync();
    await started;
    await work();
    await syncing;
  };
  const added = async (disk: SimulatedDisk) => {
    await keep(disk.mount(atOnce), { "/a": "" });
    const mount = disk.mount(turn);
    const file = await mount.openAppend("/a");
    await file.write(bytes("1"));
    await meanwhile(
      () => file.sync(),
      () => file.write(bytes("2")),
    );
  };
  assert.deepEqual(await afterCrashOf(added, "/a"), new Set(["1", "1\0", "12"]));
  const replaced = async (disk: SimulatedDisk) => {
    await added(disk);
    const mount = disk.mount(turn);
    await meanwhile(
      () => mount.syncFile("/a"),
      () => mount.writeFile("/a", bytes("")),
    );
  };
  assert.deepEqual(await afterCrashOf(replaced, "/a"), new Set(["12", ""]));
  const renamed = async (disk: SimulatedDisk) => {
    await keep(disk.mount(atOnce), { "/a": "x" });
    const mount = disk.mount(turn);
    await mount.rename("/a", "/b");
    await meanwhile(
      () => mount.syncFolder("/"),
      () => mount.rename("/b", "/c"),
    );
  };
  assert.deepEqual(
    await afterCrashOf(renamed, "/a", "/b", "/c"),
    new Set(["ENOENT x ENOENT", "ENOENT ENOENT x"]),
  );
});
