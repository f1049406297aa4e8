import assert from "node:assert/strict";
import { test } from "node:test";
import { LazyThread } from "./lazy-thread.ts";
import { ThreadExitError } from "./thread.ts";

interface Api {
  add(a: number, b: number): number;
  exit(): never;
}

test("LazyThread starts once, and restarts after it has ended or was stopped", async () => {
  const thread = new LazyThread<Api>(import.meta.url, "./fixtures/thread");
  const [first, same] = await Promise.all([thread.api(), thread.api()]);
  assert.equal(same, first);
  assert.equal(await first.add(1, 2), 3);
  await assert.rejects(first.exit(), ThreadExitError);
  const second = await thread.api();
  assert.notEqual(second, first);
  assert.equal(await second.add(3, 4), 7);
  await thread.stop();
  assert.equal(await (await thread.api()).add(5, 6), 11);
  await thread.stop();
});

test("LazyThread tries again after its thread failed to start", async () => {
  const thread = new LazyThread<Api>(import.meta.url, "./fixtures/nowhere");
  await assert.rejects(thread.api(), ThreadExitError);
  await assert.rejects(thread.api(), ThreadExitError);
});
