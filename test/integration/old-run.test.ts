/** Resumes a run of commit 14d2805, which had no momentum, schedules, curricula or clipping by value. */

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { Launcher } from "./launcher.testing.ts";

const launcher = await Launcher.inFolder();
after(() => launcher[Symbol.asyncDispose]());

test("train resumes an older run, and gives the bits that the older memnet gives", async () => {
  await cp(new URL("old-run/before", import.meta.url), join(launcher.runsDir, "before"), { recursive: true });
  const { code, text } = await launcher.memnet("train", "--run", "before", "--steps", "40", "--port", "0")
    .ended;
  assert.equal(code, 0, text);
  const lines = await launcher.lines("before");
  const checkpoints = lines
    .filter(({ kind }) => kind === "checkpoint")
    .map(({ step, sha256 }) => [step, sha256]);
  assert.deepEqual(checkpoints, [
    [0, "0b10ca60ddb30ee77d7d55c402b763c8553bef94825e8409edf2ceee5f0254b9"],
    [20, "d50249a9aedf0548dfed18c36307a1e30aa8fb23b9f77ee5edf671760150c3e3"],
    [40, "dddba0d28046540162cdb6f062eeaa74c3005d2a34403efe13b93a558cf7c98c"],
  ]);
  const verified = await launcher.memnet("verify", "before").ended;
  assert.equal(verified.code, 0, verified.text);
  assert.match(verified.text, /files {6}\d+ compared, all agree, to the byte/);
});
