import assert from "node:assert/strict";
import { mkdtemp, open, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Disk, systemDisk } from "@memnet/service";
import { FencedError, OtherFolderError } from "./errors.ts";
import { folderId, RunsFolder } from "./runs-folder.ts";
import { World } from "./world.testing.ts";

async function folder(): Promise<AsyncDisposable & { root: string }> {
  const root = await mkdtemp(join(tmpdir(), "memnet-runs-"));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** A disk that does something else just before one operation, as if the process slept between two lines of code. */
function interrupted(
  operation: "rename" | "createExclusive" | "openAppend",
  meanwhile: () => Promise<unknown>,
): Disk {
  return {
    ...systemDisk,
    async [operation](...args: [never, never]) {
      await meanwhile();
      return systemDisk[operation](...args);
    },
  } as Disk;
}

test("RunsFolder.take() counts generations up and fences the earlier ones", async () => {
  await using at = await folder();
  const first = await RunsFolder.take(systemDisk, at.root);
  await first.check();
  const second = await RunsFolder.take(systemDisk, at.root);
  assert.deepEqual([first.generation, second.generation], [1, 2]);
  await assert.rejects(first.check(), FencedError);
  const third = await RunsFolder.take(systemDisk, at.root);
  await assert.rejects(first.check(), FencedError);
  await assert.rejects(second.check(), FencedError);
  await third.check();
  assert.deepEqual(await readdir(at.root), [".generation-1", ".generation-2", ".generation-3", ".work-3"]);
});

test("RunsFolder.take() continues if an older evaluator takes the same work folder away", async () => {
  await using at = await folder();
  await RunsFolder.take(systemDisk, at.root);
  let meanwhile = true;
  const disk = interrupted("rename", async () => {
    if (meanwhile) await systemDisk.rename(join(at.root, ".work-1"), join(at.root, ".fenced-1-0"));
    meanwhile = false;
  });
  const second = await RunsFolder.take(disk, at.root);
  await second.check();
  assert.deepEqual(await readdir(at.root), [".generation-1", ".generation-2", ".work-2"]);
});

test("RunsFolder.take() takes the newest generation even after sleeping just before taking one", async () => {
  await using at = await folder();
  const others: RunsFolder[] = [];
  const disk = interrupted("createExclusive", async () => {
    while (others.length < 3) others.push(await RunsFolder.take(systemDisk, at.root));
  });
  const late = await RunsFolder.take(disk, at.root);
  assert.deepEqual(
    [...others, late].map(({ generation }) => generation),
    [1, 2, 3, 4],
  );
  for (const other of others) await assert.rejects(other.check(), FencedError);
  await late.check();
});

test("RunsFolder.take() gives many concurrent evaluators different generations, only one of them unfenced", async () => {
  await using at = await folder();
  const taken = await Promise.allSettled(
    Array.from({ length: 8 }, () => RunsFolder.take(systemDisk, at.root)),
  );
  const folders = taken.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const standing = await Promise.allSettled(folders.map((one) => one.check()));
  assert.equal(standing.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal(new Set(folders.map(({ generation }) => generation)).size, folders.length);
});

test("RunsFolder.replace() fails if a newer evaluator takes over between its check and its rename", async () => {
  await using at = await folder();
  const path = join(at.root, "file");
  let newer: RunsFolder | undefined;
  const disk = interrupted("rename", async () => {
    if (newer || !older) return;
    newer = await RunsFolder.take(systemDisk, at.root);
    await newer.replace(path, bytes("new"));
  });
  let older: RunsFolder | undefined;
  older = await RunsFolder.take(disk, at.root);
  await assert.rejects(older.replace(path, bytes("old")), FencedError);
  assert.equal(await readFile(path, "utf8"), "new");
});

test("RunsFolder.append() writes nothing if a newer evaluator takes over before the file is open", async () => {
  await using at = await folder();
  const path = join(at.root, "file");
  const disk = interrupted("openAppend", () => RunsFolder.take(systemDisk, at.root));
  const older = await RunsFolder.take(disk, at.root);
  await assert.rejects(older.append(path, bytes("old"), true), FencedError);
  assert.equal(await readFile(path, "utf8"), "");
});

for (const [what, take] of [
  ["remove", (folder: RunsFolder, path: string) => folder.remove(path)],
  ["move", (folder: RunsFolder, path: string) => folder.move(path, `${path}-aside`)],
] as const) {
  test(`RunsFolder.${what}() removes nothing if a newer evaluator takes over between its check and its rename`, async () => {
    await using at = await folder();
    const path = join(at.root, "file");
    let ready = false;
    const disk = interrupted("rename", async () => {
      if (!ready) return;
      ready = false;
      await RunsFolder.take(systemDisk, at.root);
    });
    const older = await RunsFolder.take(disk, at.root);
    await older.replace(path, bytes("kept"));
    ready = true;
    await assert.rejects(take(older, path), FencedError);
    assert.equal(await readFile(path, "utf8"), "kept");
    assert.deepEqual((await readdir(at.root)).sort(), [".generation-1", ".generation-2", ".work-2", "file"]);
  });
}

test("RunsFolder.place() recreates a folder whose name could not be synced, and hides it until then", async () => {
  await using at = await folder();
  let failing = false;
  const disk: Disk = {
    ...systemDisk,
    async syncFolder(path) {
      if (failing && path === at.root) throw Object.assign(new Error("EIO: fsync"), { code: "EIO" });
      return systemDisk.syncFolder(path);
    },
  };
  const one = await RunsFolder.take(disk, at.root);
  const made = (text: string) =>
    one.putFolder(join(at.root, "run"), (path) => systemDisk.writeFile(join(path, "file"), bytes(text)));
  failing = true;
  await assert.rejects(made("first"), /EIO/);
  assert.deepEqual(await one.folders(), []);
  assert.equal((await one.names()).has("run"), false);
  failing = false;
  await made("second");
  assert.deepEqual(await one.folders(), ["run"]);
  assert.equal(await readFile(join(at.root, "run", "file"), "utf8"), "second");
});

test("RunsFolder.create() rejects if a newer evaluator takes over meanwhile", async () => {
  await using at = await folder();
  const path = join(at.root, "file");
  let ready = false;
  const disk = interrupted("createExclusive", async () => {
    if (ready) await RunsFolder.take(systemDisk, at.root);
  });
  const older = await RunsFolder.take(disk, at.root);
  ready = true;
  await assert.rejects(older.create(path, bytes("old")), FencedError);
});

test("folderId() is created once, and again if its file is torn", async () => {
  await using at = await folder();
  const id = await folderId(systemDisk, at.root);
  assert.equal(await folderId(systemDisk, at.root), id);
  await systemDisk.writeFile(join(at.root, ".id"), bytes(id.slice(0, 5)));
  const next = await folderId(systemDisk, at.root);
  assert.match(next, /^[0-9a-f]{32}$/);
  assert.equal(await folderId(systemDisk, at.root), next);
});

test("folderId() is the same for two processes even if its creator sleeps halfway", async () => {
  await using at = await folder();
  let other: string | undefined;
  const disk: Disk = {
    ...systemDisk,
    async createExclusive(path, whole) {
      const file = await open(path, "wx");
      await file.write(whole.subarray(0, 5));
      other ??= await folderId(systemDisk, at.root);
      await file.write(whole.subarray(5));
      await file.close();
    },
  };
  assert.equal(await folderId(disk, at.root), other);
});

test("a second evaluator of the folder takes over, and the first ends as fenced", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(2);
  await using _second = await world.evaluator();
  assert.ok((await first.ended) instanceof FencedError);
  await coordinator.snapshot(4);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3, 4]);
  assert.deepEqual(await world.steps("mine", "checkpoint"), [2, 4]);
});

test("an evaluator that is fenced without noticing answers no request", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(2);
  await coordinator.measured();
  await RunsFolder.take(systemDisk, world.root);
  // If the evaluator were not fenced, each of these would be answered or refused for its own reason.
  const asked = await Promise.allSettled([
    coordinator.snapshot(2),
    coordinator.snapshot(8, { from: 6 }),
    coordinator.snapshot(4, { epoch: 2 }),
    coordinator.progress(),
    coordinator.state("ended"),
    coordinator.fixFingerprint("0".repeat(64)),
    coordinator.open({ run: "mine" }),
  ]);
  for (const one of asked) {
    assert.ok(one.status === "rejected");
    assert.match(String(one.reason), /^RefusedError: Cannot write to .* any more/);
  }
  assert.ok((await first.ended) instanceof FencedError);
});

test("an evaluator of another folder refuses to start, and the first keeps running", async () => {
  await using world = await World.begin();
  await using other = await folder();
  await using first = await world.evaluator();
  const coordinator = await world.coordinator();
  await assert.rejects(world.evaluator({ root: other.root, listenMs: 300 }), (error) => {
    assert.ok(error instanceof OtherFolderError);
    assert.match(error.message, /evaluator \w+ on keeper already serves another/);
    return true;
  });
  assert.deepEqual(
    (await readdir(other.root)).filter((name) => name !== ".id"),
    [],
  );
  await coordinator.open({ run: "mine" });
  assert.equal(await first.stop(), undefined);
});

test("if two evaluators of two folders start at once, only one serves", async () => {
  await using world = await World.begin();
  await using other = await folder();
  const started = await Promise.allSettled([
    world.evaluator({ listenMs: 300 }),
    world.evaluator({ root: other.root, listenMs: 300 }),
  ]);
  assert.deepEqual(started.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
});
