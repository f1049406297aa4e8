import assert from "node:assert/strict";
import { test } from "node:test";
import type { FixtureApi } from "./fixtures/thread.ts";
import { type Remote, startThread, ThreadExitError } from "./thread.ts";

const timeout = 30_000;
const url = new URL("./fixtures/thread.ts", import.meta.url);

function start(workerData?: unknown): Promise<Remote<FixtureApi>> {
  return startThread<FixtureApi>(url, workerData);
}

function exitOf(thread: Remote<FixtureApi>): Promise<ThreadExitError | undefined> {
  return new Promise((resolve) => thread.onExit(resolve));
}

test("startThread() calls functions in the thread, with its data", { timeout }, async () => {
  await using thread = await start({ engine: "wasm" });
  assert.deepEqual(await Promise.all([thread.api.add(1, 2), thread.api.add(3, 4)]), [3, 7]);
  assert.deepEqual(await thread.api.data(), { engine: "wasm" });
});

test("withTransfer() transfers buffers there and back", { timeout }, async () => {
  const { withTransfer } = await import("./thread.ts");
  await using thread = await start();
  const values = Float32Array.of(1, 2, 3);
  const answer = await thread.api.increment(withTransfer(values, [values.buffer as ArrayBuffer]));
  assert.deepEqual(answer, Float32Array.of(2, 3, 4));
  assert.equal(values.length, 0);
  const kept = Float32Array.of(1);
  await thread.api.increment(kept);
  assert.equal(kept.length, 1);
});

test("a call rejects with its function's error", { timeout }, async () => {
  await using thread = await start();
  await assert.rejects(thread.api.fail(), { name: "RangeError", message: "as planned", code: "PLANNED" });
  await assert.rejects(thread.api.failOddly(), { name: "Error", message: "text" });
  await assert.rejects(thread.api.unsendable(), /could not be cloned/);
  await assert.rejects(thread.api.add((() => 1) as never, 2), /could not be cloned/);
  const missing = thread.api as unknown as { toString(): Promise<unknown> };
  await assert.rejects(missing.toString(), { name: "TypeError" });
  assert.equal(await thread.api.add(1, 1), 2);
});

test("a crash rejects pending calls and is reported to onExit()", { timeout }, async () => {
  const thread = await start();
  const exit = exitOf(thread);
  await assert.rejects(thread.api.crash(), (error) => {
    assert.ok(error instanceof ThreadExitError);
    assert.match(error.message, /Cannot finish crash.*crashed as planned/);
    return true;
  });
  assert.match(String(await exit), /crashed as planned/);
  await assert.rejects(thread.api.add(1, 2), ThreadExitError);
  assert.match(String(await exitOf(thread)), /crashed as planned/);
});

test("a thread that ends by itself rejects pending calls", { timeout }, async () => {
  const thread = await start();
  await assert.rejects(thread.api.exit(), ThreadExitError);
  assert.match(String(await exitOf(thread)), /it ended with 7/);
});

test("stop() ends a thread in the middle of its work", { timeout }, async () => {
  const thread = await start();
  const exit = exitOf(thread);
  const spinning = assert.rejects(thread.api.spin(), /it was stopped/);
  await thread.stop();
  await spinning;
  assert.equal(await exit, undefined);
});

test("startThread() throws if the thread fails to load", { timeout }, async () => {
  const broken = new URL("./fixtures/broken-thread.ts", import.meta.url);
  await assert.rejects(startThread(broken), /broken as planned/);
  await assert.rejects(startThread(new URL("./fixtures/missing.ts", import.meta.url)), ThreadExitError);
});

test("startThread() throws if the thread is not ready in time", { timeout }, async () => {
  await assert.rejects(startThread(url, "never ready", { startMs: 1 }), ThreadExitError);
});
