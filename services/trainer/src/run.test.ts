import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryNetwork, testActor, virtualClock } from "@memnet/service/testing";
import { createCombiner } from "memnet";
import { run } from "./run.ts";

async function scene(idleMsMax?: number) {
  const clock = virtualClock();
  const stopping = new AbortController();
  const actor = await testActor(memoryNetwork(), "trainer", { clock });
  const createComputer = () => assert.fail("no run is announced");
  const deps = { actor, createComputer, createCombiner, secret: "0".repeat(32) };
  const ended = run(deps, { run: "copy", idleMsMax }, stopping.signal);
  return { clock, stopping, ended, [Symbol.asyncDispose]: () => actor[Symbol.asyncDispose]() };
}

test("run() ends after the idle time without a run to serve", async () => {
  await using trainer = await scene(20_000);
  const begun = trainer.clock.now();
  assert.equal(await trainer.clock.passUntil(trainer.ended), "idle");
  assert.ok(trainer.clock.now() - begun >= 20_000);
});

test("run() without an idle time waits for a run until it is stopped", async () => {
  await using trainer = await scene();
  for (let seconds = 0; seconds < 100; seconds++) {
    trainer.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  trainer.stopping.abort();
  assert.equal(await trainer.ended, "stopped");
});
