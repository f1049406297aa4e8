import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Disk, systemDisk } from "@memnet/service";
import { Chance } from "./chance.ts";
import { SimulatedDisk, type Trouble } from "./disk.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (of: Uint8Array | undefined) => of && new TextDecoder().decode(of);
const code = (wanted: string) => (error: unknown) => (error as { code?: string }).code === wanted;

function simulated(seed = 1, fault: (operation: string) => Trouble | null = () => null) {
  const disk = new SimulatedDisk(new Chance(seed, "disk").uniform);
  return { disk, mount: disk.mount(async () => {}, { fault }) };
}

/** What the real disk does, the simulated one does. */
const alike: Record<string, (disk: Disk, root: string) => Promise<void>> = {
  async "reads what was written, replaced and appended"(disk, root) {
    const path = join(root, "a");
    await disk.writeFile(path, bytes("long text"));
    await disk.writeFile(path, bytes("one"));
    await disk.append(path, bytes(" two"));
    const file = await disk.openAppend(path);
    await file.write(bytes(" three"));
    await file.sync();
    await file.close();
    assert.equal(text(await disk.readFile(path)), "one two three");
    const { bytes: size, isFolder } = (await disk.stat(path))!;
    assert.deepEqual([size, isFolder], [13, false]);
  },
  async "makes folders with those above, lists them in order, removes them whole"(disk, root) {
    await disk.mkdir(join(root, "b", "c"));
    await disk.mkdir(join(root, "b"));
    await disk.writeFile(join(root, "b", "a"), bytes(""));
    assert.deepEqual(await disk.readdir(join(root, "b")), [
      { name: "a", isFolder: false },
      { name: "c", isFolder: true },
    ]);
    await disk.rm(join(root, "b"));
    await disk.rm(join(root, "b"));
    assert.equal(await disk.stat(join(root, "b")), undefined);
  },
  async "creates a file once"(disk, root) {
    const path = join(root, "a");
    await disk.createExclusive(path, bytes("first"));
    await assert.rejects(disk.createExclusive(path, bytes("second")), code("EEXIST"));
    assert.equal(text(await disk.readFile(path)), "first");
  },
  async "renames over a file, and a folder with all in it"(disk, root) {
    await disk.mkdir(join(root, "from"));
    await disk.writeFile(join(root, "from", "a"), bytes("a"));
    await disk.writeFile(join(root, "b"), bytes("b"));
    await disk.rename(join(root, "from", "a"), join(root, "b"));
    await disk.rename(join(root, "from"), join(root, "to"));
    assert.equal(text(await disk.readFile(join(root, "b"))), "a");
    assert.deepEqual(await disk.readdir(join(root, "to")), []);
  },
  async "keeps an open file's bytes apart from its name"(disk, root) {
    const path = join(root, "a");
    const file = await disk.openAppend(path);
    await disk.writeFile(join(root, "new"), bytes("new"));
    await disk.rename(join(root, "new"), path);
    await file.write(bytes("old"));
    await file.close();
    assert.equal(text(await disk.readFile(path)), "new");
  },
  async "names what is missing"(disk, root) {
    const path = join(root, "none");
    const failing: (() => Promise<unknown>)[] = [
      () => disk.readFile(path),
      () => disk.readdir(path),
      () => disk.syncFile(path),
      () => disk.syncFolder(path),
      () => disk.rename(path, join(root, "to")),
      () => disk.writeFile(join(path, "a"), bytes("")),
      () => disk.openAppend(join(path, "a")),
    ];
    for (const one of failing) await assert.rejects(one(), code("ENOENT"));
  },
};

for (const [what, check] of Object.entries(alike)) {
  test(`SimulatedDisk ${what}`, async () => {
    const { mount } = simulated();
    await mount.mkdir("/root");
    await check(mount, "/root");
  });

  test(`systemDisk ${what}`, async () => {
    const root = await mkdtemp(join(tmpdir(), "memnet-disk-"));
    try {
      await check(systemDisk, root);
    } finally {
      await rm(root, { recursive: true });
    }
  });
}

/** What a file reads as after a crash, over many seeds. */
async function afterCrash(prepare: (mount: Disk) => Promise<void>, path = "/a"): Promise<Set<string>> {
  const found = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const { disk, mount } = simulated(seed);
    await prepare(mount);
    const certain = disk.durable().readings(path);
    disk.crash();
    const read = await mount.readFile(path).then(text, () => "gone");
    const begins = certain.map((one) => one && text(one)!);
    assert.ok(
      begins.some((one) => one === undefined || read?.startsWith(one)),
      `${read} begins as ${begins}`,
    );
    found.add(read!);
  }
  return found;
}

test("SimulatedDisk.crash() may lose a synced file whose name was not", async () => {
  const found = await afterCrash(async (mount) => {
    await mount.writeFile("/a", bytes("x"));
    await mount.syncFile("/a");
  });
  assert.deepEqual(found, new Set(["x", "gone"]));
});

test("SimulatedDisk.crash() leaves any beginning of bytes that were not synced, or zeros", async () => {
  const found = await afterCrash(async (mount) => {
    await mount.writeFile("/a", bytes("ab"));
    await mount.syncFile("/a");
    await mount.syncFolder("/");
    await mount.append("/a", bytes("cd"));
  });
  assert.deepEqual(found, new Set(["ab", "abc", "abcd", "abc\0", "ab\0\0"]));
});

test("SimulatedDisk.crash() keeps what was synced with its name", async () => {
  const found = await afterCrash(async (mount) => {
    await mount.writeFile("/t", bytes("new"));
    await mount.syncFile("/t");
    await mount.rename("/t", "/a");
    await mount.syncFolder("/");
  });
  assert.deepEqual(found, new Set(["new"]));
});

test("SimulatedDisk.crash() leaves the old or the new of a rename that was not synced, and one folder of a moved one", async () => {
  const found = await afterCrash(async (mount) => {
    await mount.mkdir("/one/inner");
    await mount.mkdir("/two");
    await mount.writeFile("/one/inner/a", bytes("x"));
    for (const path of ["/one/inner/a"]) await mount.syncFile(path);
    for (const path of ["/", "/one", "/one/inner"]) await mount.syncFolder(path);
    await mount.rename("/one/inner", "/two/inner");
    await mount.syncFolder("/two");
  }, "/two/inner/a");
  assert.deepEqual(found, new Set(["x"]));
  const { disk, mount } = simulated();
  await mount.mkdir("/one");
  await mount.syncFolder("/");
  await mount.mkdir("/one/inner");
  await mount.syncFolder("/one");
  await mount.rename("/one/inner", "/inner");
  await mount.syncFolder("/");
  disk.crash();
  assert.deepEqual([(await mount.readdir("/one")).length, (await mount.readdir("/")).length], [0, 2]);
});

test("SimulatedDisk may have lost what a failed sync was to keep, though later ones succeed", async () => {
  let failing = false;
  const lost = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const { disk, mount } = simulated(seed, (operation) => (failing && operation === "sync" ? "EIO" : null));
    await mount.writeFile("/a", bytes("x"));
    failing = true;
    await assert.rejects(mount.syncFile("/a"), code("EIO"));
    await assert.rejects(mount.syncFolder("/"), code("EIO"));
    failing = false;
    await mount.syncFile("/a");
    await mount.syncFolder("/");
    assert.deepEqual(disk.durable().readings("/a"), [undefined, new Uint8Array(0)]);
    disk.crash();
    lost.add(
      await mount.readFile("/a").then(
        (read) => text(read)!,
        () => "gone",
      ),
    );
  }
  assert.deepEqual(lost, new Set(["x", "", "gone", "\0"]));
});

test("SimulatedDisk that is full takes a part, and fails nothing that needs no room", async () => {
  let full = false;
  const { mount } = simulated(3, () => (full ? "ENOSPC" : null));
  await mount.writeFile("/a", bytes("12345678"));
  full = true;
  await assert.rejects(mount.append("/a", bytes("x")), code("ENOSPC"));
  await assert.rejects(mount.mkdir("/b"), code("ENOSPC"));
  await mount.syncFile("/a");
  await mount.rename("/a", "/c");
  await mount.rm("/c");
  full = false;
  const file = await mount.openAppend("/d");
  full = true;
  await assert.rejects(file.write(bytes("12345678")), code("ENOSPC"));
  const written = text(await mount.readFile("/d"))!;
  assert.ok("12345678".startsWith(written));
});
