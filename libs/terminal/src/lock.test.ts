import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readLock, takeLock } from "./lock.ts";

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "memnet-lock-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

const at = (url: string) => ({ url, socket: null });

test("takeLock() records its process and socket", async (context) => {
  const runs = folder(context);
  const lock = await takeLock(runs, { url: null, socket: "/tmp/socket" });
  const { pid, url, socket } = readLock(runs)!;
  assert.deepEqual([pid, url, socket], [process.pid, null, "/tmp/socket"]);
  lock.release();
});

test("takeLock() records its process and broker, and release() removes the file", async (context) => {
  const runs = folder(context);
  const lock = await takeLock(join(runs, "new"), at("nats://127.0.0.1:1234"));
  const { started, ...held } = readLock(join(runs, "new"))!;
  assert.deepEqual(held, { pid: process.pid, url: "nats://127.0.0.1:1234", socket: null });
  assert.equal(typeof started, process.platform === "linux" ? "string" : "object");
  lock.release();
  assert.deepEqual(readdirSync(join(runs, "new")), []);
});

test("takeLock() refuses a second launcher, naming the first", async (context) => {
  const runs = folder(context);
  await takeLock(runs, at("nats://127.0.0.1:1234"));
  await assert.rejects(takeLock(runs, at("nats://127.0.0.1:9")), {
    name: "UsageError",
    message: new RegExp(
      `one launcher at a time, and has one: process ${process.pid}, over NATS at nats://127.0.0.1:1234`,
    ),
  });
  assert.deepEqual(readdirSync(runs), [".launcher"]);
});

test("takeLock() names a folder that cannot be written", async (context) => {
  const file = join(folder(context), "file");
  writeFileSync(file, "");
  await assert.rejects(takeLock(file, at("nats://127.0.0.1:1234")), {
    name: "UsageError",
    message:
      /^Cannot start in .*file: the runs folder must be one that can be written, and something else has that name/,
  });
});

test("takeLock() takes over from a process that is gone", async (context) => {
  const runs = folder(context);
  const { pid } = spawnSync("true");
  writeFileSync(join(runs, ".launcher"), JSON.stringify({ pid, url: "nats://x:1", started: "1" }));
  assert.equal(readLock(runs), null);
  await takeLock(runs, at("nats://127.0.0.1:2"));
  assert.equal(readLock(runs)?.url, "nats://127.0.0.1:2");
});

test("takeLock() ignores another process that got the same id", {
  skip: !existsSync("/proc/1/stat"),
}, async (context) => {
  const runs = folder(context);
  writeFileSync(
    join(runs, ".launcher"),
    JSON.stringify({ pid: process.pid, url: "nats://x:1", started: "1" }),
  );
  assert.equal(readLock(runs), null);
  (await takeLock(runs, at("nats://127.0.0.1:2"))).release();
});

test("takeLock() replaces a file that is not a launcher's", async (context) => {
  const runs = folder(context);
  for (const text of ["", "{", "null", '{"pid":-1,"url":"x"}']) {
    writeFileSync(join(runs, ".launcher"), text);
    (await takeLock(runs, at("nats://127.0.0.1:2"))).release();
  }
});

test("release() leaves another launcher's file alone", async (context) => {
  const runs = folder(context);
  const lock = await takeLock(runs, at("nats://127.0.0.1:2"));
  writeFileSync(join(runs, ".launcher"), "another's");
  lock.release();
  assert.equal(readFileSync(join(runs, ".launcher"), "utf8"), "another's");
});
