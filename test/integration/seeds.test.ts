/** `train --seeds` with real processes: interrupted, resumed, and nothing done twice. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import test from "node:test";
import { Launcher } from "./launcher.testing.ts";

test("train --seeds starts no further run after SIGINT, and skips runs that have ended", async () => {
  await using launcher = await Launcher.inFolder();
  const first = launcher.train("pair", "--seeds=1..3", "--steps=4");
  await first.says(/^Run pair-seed-2, seed 2 \(2 of 3\)$/m);
  first.child.kill("SIGINT");
  const stopped = await first.ended;
  assert.equal(stopped.code, 130, stopped.text);
  assert.match(stopped.text, /^Run pair-seed-1, seed 1 \(1 of 3\)$/m);
  assert.doesNotMatch(stopped.text, /pair-seed-3/);
  assert.equal((await readdir(launcher.runsDir)).includes("pair-seed-3"), false);
  const before = await launcher.lines("pair-seed-1");

  const second = await launcher.train("pair", "--seeds=1..2", "--steps=4").ended;
  assert.equal(second.code, 0, second.text);
  assert.match(second.text, /^Run pair-seed-1, seed 1 \(1 of 2\), has ended: passed over$/m);
  assert.match(second.text, /^(Run|Resuming run) pair-seed-2, seed 2 \(2 of 2\)$/m);
  assert.match(second.text, /^dnc on repeat-copy: 2 runs, 0 reached wrongBits<0\.1$/m);
  assert.deepEqual(await launcher.lines("pair-seed-1"), before);

  const summary = await launcher.memnet("runs", "--summary", "--json", "--goal=wrongBits<1000").ended;
  assert.equal(summary.code, 0, summary.text);
  const { goal, groups } = JSON.parse(summary.text);
  assert.deepEqual([goal, groups.length], ["wrongBits<1000", 1]);
  assert.deepEqual(
    groups[0].runs.map(({ run, seed, reached }: Record<string, unknown>) => [run, seed, reached]),
    [
      ["pair-seed-1", 1, 4],
      ["pair-seed-2", 2, 4],
    ],
  );
  assert.deepEqual(groups[0].spreads.sequences, { median: 64, lowest: 64, highest: 64, runs: 2 });
});
