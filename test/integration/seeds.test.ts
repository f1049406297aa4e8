/** `train --seeds` with real processes: interrupted, killed, resumed, and nothing done twice. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import test from "node:test";
import { skipNetwork, startJoinable } from "@memnet/service/testing";
import { childrenOf } from "../cluster/processes.ts";
import { bitsOf, flagsOf, slowSettings } from "./cluster.testing.ts";
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
  assert.match(second.text, /^Run pair-seed-1, seed 1 \(1 of 2\), has ended: skipped$/m);
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
  assert.deepEqual(groups[0].spreads.sequences, {
    ...{ median: 64, lower: 64, upper: 64, lowest: 64, highest: 64, runs: 2 },
  });
});

/** The processes that a launcher has started, by their commands. */
function processesOf(launcher: number): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const pid of childrenOf(launcher)) {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[2] ?? "";
    found.set(command, [...(found.get(command) ?? []), pid]);
  }
  return found;
}

/** The SHA-256 of a run's newest checkpoint. */
async function sha256Of(launcher: Launcher, run: string): Promise<unknown> {
  return (await launcher.lines(run)).findLast(({ kind }) => kind === "checkpoint")?.sha256;
}

for (const kind of ["memory", "nats-server"] as const) {
  test(`train --seeds --parallel gives the bits of single runs, whatever is killed (${kind})`, {
    skip: kind === "memory" ? false : skipNetwork(kind),
  }, async () => {
    await using network = kind === "memory" ? null : await startJoinable(kind);
    await using launcher = await Launcher.inFolder(undefined, network?.env);
    const seeds = [1, 2, 3];
    const flags = ["--seeds=1..3", "--parallel=2", "--steps=16", ...flagsOf({ task: slowSettings.task })];
    const running = launcher.train("many", ...flags);
    await running.says(/^3 runs, 2 at a time$/m);
    await running.says(/many-seed-1 {2}step 4 {2}/);
    process.kill(processesOf(running.child.pid!).get("host")![0]!, "SIGKILL");
    await running.says(/step 8 {2}/);
    process.kill(processesOf(running.child.pid!).get("hub")![0]!, "SIGKILL");
    await running.says(/^The evaluator's process ended by SIGKILL; starting it again$/m);
    const { code, text } = await running.ended;
    assert.equal(code, 0, text);
    assert.match(text, /^dnc on repeat-copy: 3 runs, 0 reached/m);
    for (const seed of seeds) {
      const sha256 = await bitsOf({ ...slowSettings, steps: 16, seed });
      assert.equal(await sha256Of(launcher, `many-seed-${seed}`), sha256, text);
    }
  });
}

test("train --seeds --parallel stops all runs on SIGINT, and the same command resumes them", async () => {
  await using launcher = await Launcher.inFolder();
  const flags = ["--seeds=1..3", "--parallel=2", ...flagsOf({ task: slowSettings.task })];
  const first = launcher.train("many", ...flags, "--steps=100000");
  await first.says(/many-seed-1 {2}step [0-9]+ {2}/);
  await first.says(/many-seed-2 {2}step [0-9]+ {2}/);
  first.child.kill("SIGINT");
  const stopped = await first.ended;
  assert.equal(stopped.code, 130, stopped.text);
  assert.equal(stopped.text.match(/Stopping after a checkpoint/g)?.length, 1, stopped.text);
  for (const run of ["many-seed-1", "many-seed-2"])
    assert.match(stopped.text, new RegExp(`^${run}: Stopped at step`, "m"));
  assert.doesNotMatch(stopped.text, /many-seed-3/);
  const second = await launcher.train("many", ...flags, "--steps=4").ended;
  assert.equal(second.code, 0, second.text);
  assert.match(second.text, /^many-seed-3: Done at step 4 /m);
});

test("train refuses --parallel without --seeds, and numbers that are none", async () => {
  await using launcher = await Launcher.inFolder();
  const alone = await launcher.train("one", "--parallel=2").ended;
  assert.deepEqual(
    [alone.code, alone.text],
    [2, "Cannot use --parallel without --seeds: there is one run alone\n"],
  );
  const none = await launcher.train("one", "--seeds=1..2", "--parallel=0").ended;
  assert.equal(none.code, 2);
  assert.match(none.text, /^Cannot use --parallel: it must be a whole number from 1 to 64, got 0$/m);
});
