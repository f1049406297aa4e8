import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { configurationFlags, type Written } from "../configure/flags.ts";
import { withSeed } from "./sequence.ts";

function writtenAs(...args: readonly string[]): Written {
  const command = new Command().exitOverride();
  const written = configurationFlags(command);
  command.parse(args, { from: "user" });
  return written();
}

test("withSeed() sets the seed over all other settings", () => {
  const written = withSeed(writtenAs("--steps", "4", "--set", "memory.slots=9"), 7);
  assert.deepEqual(written.overlays.at(-1), { kind: "settings", settings: { seed: 7 } });
  assert.equal(written.overlays.length, 3);
});

test("withSeed() refuses a second seed", () => {
  for (const args of [
    ["--seed", "3"],
    ["--set", "seed=3"],
  ]) {
    assert.throws(() => withSeed(writtenAs(...args), 3), {
      name: "UsageError",
      message: /^Cannot use --seeds with --seed or --set seed=/,
    });
  }
});
