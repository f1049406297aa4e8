/** `memnet train` as a user runs it: interrupted, resumed, refused, and with the same bits in the end. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { flagsOf, slowSettings } from "./cluster.testing.ts";
import { Launcher } from "./launcher.testing.ts";

test("train stops after a checkpoint on SIGINT, and the same command resumes to the same bits", async () => {
  await using launcher = await Launcher.inFolder();
  // Slow steps are few until the first evaluation, so that resuming is short.
  const task = flagsOf({ task: slowSettings.task });
  const first = launcher.train("stopped", ...task, "--trainers=2", "--steps=100000");
  await first.says(/step 4 {2}/);
  first.child.kill("SIGINT");
  const stopped = await first.ended;
  assert.equal(stopped.code, 130, stopped.text);
  const lines = await launcher.lines("stopped");
  const at = lines.filter(({ kind }) => kind === "step").at(-1)?.step as number;
  assert.equal(
    lines.filter(({ kind }) => kind === "checkpoint").at(-1)?.step,
    at,
    "the step that it stopped at",
  );
  assert.equal(
    JSON.parse(await readFile(join(launcher.runsDir, "stopped", "state"), "utf8")).state,
    "stopped",
  );

  const steps = `--steps=${at + 2}`;
  const second = await launcher.train("stopped", ...task, "--trainers=3", steps).ended;
  assert.equal(second.code, 0, second.text);
  const quiet = await launcher.train("quiet", ...task, steps).ended;
  assert.equal(quiet.code, 0, quiet.text);
  const sha256 = /SHA-256 +([0-9a-f]{64})/.exec(quiet.text)?.[1];
  assert.ok(sha256 && second.text.includes(sha256), `${second.text}\n${quiet.text}`);
});

test("the commands that train prints work when pasted", async () => {
  await using launcher = await Launcher.inFolder("memnet's runs, $HOME ");
  const flags = ["--port=0", "--set=memory.slots=5", "--set=controller.hidden=8", "--checkpoint-every=5"];
  const first = launcher.memnet("train", ...flags, "--eval-every=5");
  const [, run] = await first.says(/^Run (\S+)$/m);
  await first.says(/step 5 {2}/);
  first.child.kill("SIGINT");
  const { text } = await first.ended;
  const [, again] = /^ {2}to resume {2}(.*)$/m.exec(text) ?? [];
  assert.ok(again?.endsWith(` --run ${run}`), text);
  const second = launcher.pasted(again!);
  await second.says(new RegExp(`^Resuming run ${run}$`, "m"));
  await second.says(/step [0-9]+ {2}/);
  second.child.kill("SIGINT");
  const [, next] = /^ {2}next {7}(.*)$/m.exec((await second.ended).text) ?? [];
  assert.ok(next !== undefined);
  const played = await launcher.pasted(next).ended;
  assert.equal(played.code, 0, played.text);
  assert.match(played.text, /average of 5 episodes/);
});

test("a second launcher on the same runs folder is refused, and its error names the first", async () => {
  await using launcher = await Launcher.inFolder();
  const first = launcher.train("first", "--steps=100000");
  await first.says(/step 4 {2}/);
  const second = await launcher.train("second").ended;
  assert.equal(second.code, 2, second.text);
  assert.match(second.text, new RegExp(`\\b${first.child.pid}\\b`));
  const listed = await launcher.memnet("runs").ended;
  assert.match(listed.text, /first/);
  assert.doesNotMatch(listed.text, /second/);
  // Asks the evaluator of the running launcher, as the list does.
  const summary = await launcher.memnet("runs", "--summary", "--goal=wrongBits<1000").ended;
  assert.match(summary.text, /^dnc on repeat-copy: 1 run, 1 reached wrongBits<1000$/m);
  assert.match(summary.text, /^ {2}sequences up to it +64 +64 +64 +1$/m);
});

test("train refuses to resume with another training configuration, naming the setting", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=1").ended).code, 0);
  const other = await launcher.train("one", "--set=memory.slots=7").ended;
  assert.equal(other.code, 2, other.text);
  assert.match(other.text, /memory\.slots/);
});

test("train --until ends at the step that was measured, and --from continues from its parameters", async () => {
  await using launcher = await Launcher.inFolder();
  const until = await launcher.train("until", "--until=wrongBits<1000").ended;
  assert.equal(until.code, 0, until.text);
  const checkpoints = (await launcher.lines("until")).filter(({ kind }) => kind === "checkpoint");
  assert.equal(checkpoints.at(-1)?.step, 4, "later steps are quarantined");

  const from = await launcher.train("from", "--from=until@4", "--set=memory.slots=9", "--steps=4").ended;
  assert.equal(from.code, 0, from.text);
  const first = (await launcher.lines("from")).find(({ kind }) => kind === "checkpoint");
  assert.equal(first?.sha256, checkpoints.at(-1)?.sha256);
});

test("test refuses a damaged checkpoint, and plays a good one", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=4").ended).code, 0);
  const played = await launcher.memnet("test", "one", "--episodes=2").ended;
  assert.equal(played.code, 0, played.text);
  assert.match(played.text, /wrong bits/);
  const path = join(launcher.runsDir, "one", "checkpoints", "4.safetensors");
  const file = await readFile(path);
  file[file.length - 5]! ^= 1;
  await writeFile(path, file);
  const damaged = await launcher.memnet("test", "one", `--checkpoint=${path}`).ended;
  assert.equal(damaged.code, 2, damaged.text);
  assert.match(damaged.text, /checksum/);
});

test("train, test, verify and report work without a memory, and test refuses to choose its slots", async () => {
  await using launcher = await Launcher.inFolder();
  const trained = await launcher.train("alone", "--steps=4", "--engine=tfjs-cpu", "--set=model=lstm").ended;
  assert.equal(trained.code, 0, trained.text);
  assert.match(trained.text, /controller +LSTM: input \d+ \+ hidden \d+ →/);
  const verified = await launcher.memnet("verify", "alone").ended;
  assert.equal(verified.code, 0, verified.text);
  const played = await launcher.memnet("test", "alone", "--episodes=1", "--engine=tfjs-cpu").ended;
  assert.equal(played.code, 0, played.text);
  const slots = await launcher.memnet("test", "alone", "--slots=9").ended;
  assert.equal(slots.code, 2, slots.text);
  assert.match(slots.text, /^Cannot use --slots: this network, an LSTM, has no memory/);
  const folder = join(launcher.runsDir, "report");
  const reported = await launcher.memnet("report", "alone", `--out=${folder}`).ended;
  assert.equal(reported.code, 0, reported.text);
  assert.match(await readFile(join(folder, "report.html"), "utf8"), /This network has no memory/);
});
