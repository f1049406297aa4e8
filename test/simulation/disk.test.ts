/** Everything that a crash may destroy is destroyed under some seed; everything durable survives under every seed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Disk, writeDurably } from "@memnet/service";
import {
  afterCrash,
  anything,
  atOnce,
  bytes,
  filesIn,
  keep,
  randomOf,
  read,
  seeds,
  simulated,
  text,
} from "./disk.testing.ts";

test("SimulatedDisk.durable() promises only what any crash leaves after any operations; a crash is final", async () => {
  const paths = ["/", "/a", "/b", "/a/a", "/a/b", "/b/a", "/a/b/a", "/b/a/b"];
  let promised = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const random = randomOf(seed + seeds);
    const { disk, mount } = simulated(seed, {
      fault: (operation) => (operation === "sync" && random() < 0.1 ? "EIO" : null),
    });
    for (let crashes = 0; crashes < 3; crashes++) {
      await anything(mount, "/", random, 60);
      const durable = disk.durable();
      const files = paths.map((path) => ({
        path,
        only: durable.readFile(path),
        readings: durable.readings(path),
      }));
      const names = paths.map((path) => ({ path, names: durable.names(path) }));
      disk.crash();
      const quiet = disk.mount(atOnce);
      for (const { path, only, readings } of files) {
        const left = await read(quiet, path);
        const begins = readings.map((one) => one && text(one));
        assert.ok(
          begins.some((one) => one === undefined || left.startsWith(one)),
          `seed ${seed}: ${path} reads ${left}, and must begin as one of ${begins}`,
        );
        if (only) promised += only.length;
      }
      for (const { path, names: certain } of names.filter(({ names }) => names.length > 0)) {
        const there = new Set((await quiet.readdir(path)).map(({ name }) => name));
        for (const name of certain) assert.ok(there.has(name), `seed ${seed}: ${path} has lost ${name}`);
      }
      const first = await filesIn(quiet, "/");
      disk.crash();
      assert.deepEqual(
        await filesIn(quiet, "/"),
        first,
        `seed ${seed}: a second crash changes what the first left`,
      );
    }
  }
  assert.ok(promised > 1000, `so many bytes were promised, that this says something: ${promised}`);
});

test("SimulatedDisk.crash() keeps what was synced with its name", async () => {
  const found = await afterCrash(async (mount) => {
    await keep(mount, { "/a": "old" });
    await writeDurably(mount, "/a", bytes("new"));
  }, "/a");
  assert.deepEqual(found, new Set(["new"]));
});

test("SimulatedDisk.crash() may lose a synced file whose name was not", async () => {
  const found = await afterCrash(async (mount) => {
    await mount.writeFile("/a", bytes("x"));
    await mount.syncFile("/a");
  }, "/a");
  assert.deepEqual(found, new Set(["x", "ENOENT"]));
});

test("SimulatedDisk.crash() leaves any part of bytes that were not synced, and zeros", async () => {
  const found = await afterCrash(async (mount) => {
    await keep(mount, { "/a": "ab" });
    await mount.append("/a", bytes("cd"));
  }, "/a");
  assert.deepEqual(found, new Set(["ab", "abc", "abcd", "abc\0", "ab\0\0", "ab\0d"]));
});

test("SimulatedDisk.crash() leaves an overwritten file as it was, empty, torn or overwritten", async () => {
  const found = await afterCrash(async (mount) => {
    await keep(mount, { "/a": "ab" });
    await mount.writeFile("/a", bytes("ac"));
  }, "/a");
  for (const one of ["ab", "", "a", "ac"]) assert.ok(found.has(one), one);
  const { disk, mount } = simulated();
  await keep(mount, { "/a": "ab" });
  assert.deepEqual(disk.durable().readFile("/a"), bytes("ab"));
  await mount.writeFile("/a", bytes("abc"));
  assert.deepEqual(
    disk.durable().readFile("/a"),
    bytes(""),
    "the old one may have been emptied, and no more",
  );
});

test("SimulatedDisk.crash() may empty a renamed file that was never synced", async () => {
  const found = await afterCrash(async (mount) => {
    await keep(mount, { "/a": "o" });
    await mount.writeFile("/t", bytes("n"));
    await mount.rename("/t", "/a");
    await mount.syncFolder("/");
  }, "/a");
  assert.deepEqual(found, new Set(["", "\0", "n"]));
});

test("SimulatedDisk.crash() leaves the old or the new name of a rename that was not synced", async () => {
  const found = await afterCrash(
    async (mount) => {
      await keep(mount, { "/a": "old", "/t": "new" });
      await mount.rename("/t", "/a");
    },
    "/a",
    "/t",
  );
  assert.deepEqual(found, new Set(["old new", "new ENOENT"]));
});

test("SimulatedDisk.crash() keeps the first few of a folder's operations", async () => {
  const found = await afterCrash(
    async (mount) => {
      await keep(mount, { "/a": "a" });
      await mount.mkdir("/folder");
      await mount.rename("/a", "/b");
      await mount.rm("/b");
    },
    "/folder",
    "/a",
    "/b",
  );
  const none = "ENOENT a ENOENT";
  assert.deepEqual(found, new Set([none, "EISDIR a ENOENT", "EISDIR ENOENT a", "EISDIR ENOENT ENOENT"]));
});

test("SimulatedDisk.crash() keeps either part of a rename across folders, for a file", async () => {
  const across = async (mount: Disk) => {
    await keep(mount, { "/one/a": "x" }, ["/one", "/two"]);
    await mount.rename("/one/a", "/two/a");
  };
  const found = await afterCrash(across, "/one/a", "/two/a");
  assert.deepEqual(found, new Set(["x ENOENT", "ENOENT x", "x x", "ENOENT ENOENT"]));
  const synced = await afterCrash(
    async (mount) => {
      await across(mount);
      await mount.syncFolder("/two");
    },
    "/one/a",
    "/two/a",
  );
  assert.deepEqual(synced, new Set(["ENOENT x", "x x"]));
});

test("SimulatedDisk.crash() leaves a moved folder at one place, the new one if that was synced", async () => {
  const prepare = async (mount: Disk) => {
    await keep(mount, { "/one/inner/a": "x" }, ["/one", "/two", "/one/inner"]);
    await mount.rename("/one/inner", "/two/inner");
  };
  const paths = ["/one/inner/a", "/two/inner/a"];
  assert.deepEqual(await afterCrash(prepare, ...paths), new Set(["x ENOENT", "ENOENT x", "ENOENT ENOENT"]));
  const synced = await afterCrash(
    async (mount) => {
      await prepare(mount);
      await mount.syncFolder("/two");
    },
    ...paths,
  );
  assert.deepEqual(synced, new Set(["ENOENT x"]));
});

test("SimulatedDisk.crash() ends even if folders were moved into each other", async () => {
  const found = await afterCrash(async (mount) => {
    await keep(mount, { "/a/b/x": "x" }, ["/a", "/a/b"]);
    await mount.rename("/a/b", "/b");
    await mount.rename("/a", "/b/a");
    await mount.syncFolder("/b");
  }, "/a/b/x");
  assert.ok(found.has("x"));
});

test("SimulatedDisk.crash() sometimes takes all that it may, or nothing", async () => {
  const whole = Array.from({ length: 40 }, (_, index) => `${index}`);
  const counts = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const { disk, mount } = simulated(seed);
    for (const folder of whole) await mount.mkdir(`/${folder}/in`);
    await mount.syncFolder("/");
    disk.crash();
    const kept = await Promise.all(whole.map(async (folder) => (await mount.readdir(`/${folder}`)).length));
    counts.add(kept.reduce((sum, one) => sum + one, 0));
  }
  assert.ok(counts.has(0) && counts.has(whole.length) && counts.size > 5, `${[...counts]}`);
});

test("SimulatedDisk is a function of its random numbers", async () => {
  const told = async () => {
    const { disk, mount } = simulated(7);
    await anything(mount, "/", randomOf(8), 200);
    disk.crash();
    return filesIn(mount, "/");
  };
  const first = await told();
  assert.ok(first.length > 0);
  assert.deepEqual(await told(), first);
});
