import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { World } from "./world.testing.ts";

test("the log of a run that grows too fast is cut, and its other messages are answered", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  const { messenger } = coordinator.actor;
  const lines = [`${"x".repeat(65_000)}`, "y".repeat(65_000), "z".repeat(65_000)];
  for (let number = 0; number < 200; number++)
    messenger.send(messages.log, subjects.evaluator.log, { run: "mine", lines, events: [] });
  await coordinator.snapshot(3);
  assert.equal((await coordinator.progress()).kept, 3);
  const { length } = await readFile(join(world.root, "mine", "run.log"));
  assert.ok(length > 1024 * 1024 && length < 18 * 1024 * 1024, `${length} bytes`);
});
