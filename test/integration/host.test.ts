/** A run in one process: killed and restarted, watched and stopped from other processes. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { Launcher } from "./launcher.testing.ts";

/** Finds the process that hosts a launcher's actors. */
function hostOf(launcher: number): number {
  return Number(
    execFileSync("pgrep", ["-P", String(launcher), "-f", "memnet.js host"], { encoding: "utf8" }),
  );
}

/** Waits until the launcher has started a new host process. */
async function nextHost(launcher: number, before: number): Promise<number> {
  for (;;) {
    try {
      const now = hostOf(launcher);
      if (now !== before) return now;
    } catch {
      // There is none at this moment.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a run whose process is killed repeatedly ends with the same bits", async () => {
  await using launcher = await Launcher.inFolder();
  const flags = ["--steps=2000", "--set=checkpointEvery=40", "--set=evaluateEvery=40"];
  const killed = launcher.train("killed", ...flags);
  const { pid } = killed.child;
  await killed.says(/step \d+ {2}/);
  let host = hostOf(pid!);
  for (const kills of [1, 2]) {
    process.kill(host, "SIGKILL");
    host = await nextHost(pid!, host);
    await killed.says(new RegExp(`(starting it again[^]*){${kills}}step \\d+ {2}`));
  }
  const { code, text } = await killed.ended;
  assert.equal(code, 0, text);
  assert.equal(text.match(/The run's process ended by SIGKILL; starting it again/g)?.length, 2, text);
  const quiet = await launcher.train("quiet", ...flags).ended;
  const sha256 = /SHA-256 +([0-9a-f]{64})/.exec(quiet.text)?.[1];
  assert.ok(sha256 && text.includes(sha256), `${text}\n${quiet.text}`);
  const steps = (await launcher.lines("killed"))
    .filter(({ kind }) => kind === "step")
    .map(({ step }) => step);
  assert.deepEqual(
    steps,
    Array.from({ length: 2000 }, (_, index) => index + 1),
  );
});

test("three trainers in one process give the same bits as one", async () => {
  await using launcher = await Launcher.inFolder();
  const hashOf = async (run: string, ...flags: string[]) => {
    const { code, text } = await launcher.train(run, ...flags).ended;
    assert.equal(code, 0, text);
    return /SHA-256 +([0-9a-f]{64})/.exec(text)?.[1];
  };
  assert.equal(await hashOf("three", "--trainers=3", "--data-envs=2"), await hashOf("one"));
});

test("a run on one machine ignores what the environment says of NATS beside NATS_URL", async (context) => {
  process.env.NATS_CA_FILE = "/nope";
  context.after(() => delete process.env.NATS_CA_FILE);
  await using launcher = await Launcher.inFolder();
  const { code, text } = await launcher.train("one", "--steps=4").ended;
  assert.equal(code, 0, text);
});

test("status, runs and doctor reach a run in another process", async () => {
  await using launcher = await Launcher.inFolder();
  const train = launcher.train("one", "--steps=100000", "--trainers=2");
  await train.says(/step 4 {2}/);
  const { code, text } = await launcher.memnet("status", "--json").ended;
  assert.equal(code, 0, text);
  const roles = (JSON.parse(text) as { role: string }[]).map(({ role }) => role).sort();
  assert.deepEqual(roles, ["coordinator", "data-env", "evaluator", "trainer", "trainer"]);
  assert.match((await launcher.memnet("runs").ended).text, /^one .* (training|waiting)$/m);
  const doctor = await launcher.memnet("doctor").ended;
  assert.match(doctor.text, new RegExp(`the launcher here is process ${train.child.pid}$`, "m"));
  assert.match(doctor.text, /actors +trainer: 2$/m);
});

test("a killed launcher takes its process with it", async () => {
  await using launcher = await Launcher.inFolder();
  const train = launcher.train("one", "--steps=100000");
  await train.says(/step 4 {2}/);
  const host = hostOf(train.child.pid!);
  train.child.kill("SIGKILL");
  await train.ended;
  const isAlive = () => {
    try {
      process.kill(host, 0);
      return true;
    } catch {
      return false;
    }
  };
  for (let looks = 0; isAlive() && looks < 500; looks++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(isAlive(), false);
});
