/** Checks the messages that users see when something is wrong with a run. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { whole } from "@memnet/terminal";
import { decodeSafetensors, encodeSafetensors } from "memnet";
import { Launcher } from "./launcher.testing.ts";

/** The SHA-256 of each file of a run, by path. */
async function filesOf(launcher: Launcher, run: string): Promise<Record<string, string>> {
  const folder = join(launcher.runsDir, run);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hashed = files.sort().map(async (path) => {
    const hash = createHash("sha256").update(await readFile(path));
    return [path, hash.digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(hashed));
}

test("train refuses a run whose config.json was edited, names the setting and changes nothing", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=8").ended).code, 0);
  const path = join(launcher.runsDir, "one", "config.json");
  const config = await readFile(path, "utf8");
  await writeFile(path, config.replace(/"learningRate": [\d.e-]+/, '"learningRate": 0.25'));
  const before = await filesOf(launcher, "one");
  const { code, text } = await launcher.memnet("train", "--run=one", "--port=0", "--steps=12").ended;
  assert.equal(code, 2, text);
  assert.match(text, /optimizer\.learningRate is 0\.001 in the checkpoint and 0\.25 in config\.json/);
  assert.match(text, /memnet train .*--from one --set optimizer\.learningRate=0\.25/);
  assert.deepEqual(await filesOf(launcher, "one"), before);
});

test("train names a checkpoint that it cannot use, the reason, and the step it resumes from", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=8").ended).code, 0);
  const path = join(launcher.runsDir, "one", "checkpoints", "8.safetensors");
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  const { code, text } = await launcher.train("one", "--steps=12").ended;
  assert.equal(code, 0, text);
  assert.match(text, /Checkpoint 8 of run one was quarantined: .*checksum/);
  assert.match(text, /Run one resumes from step 4: no newer checkpoint can be used/);
});

test("stop answers once the run is over, with the step that the launcher reports", async () => {
  await using launcher = await Launcher.inFolder();
  const train = launcher.train("one", "--steps=100000");
  await train.says(/step 4 {2}/);
  const stop = await launcher.memnet("stop", "one", "--json").ended;
  assert.equal(stop.code, 0, stop.text);
  const { step, ...rest } = JSON.parse(stop.out);
  assert.deepEqual(rest, { run: "one", state: "stopped" });
  const { code, text } = await train.ended;
  assert.equal(code, 0, text);
  assert.equal(/^Stopped at step ([\d,]+)$/m.exec(text)?.[1], whole(step));
});

test("train reports that a run has already ended, and starts nothing", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=8").ended).code, 0);
  const before = await filesOf(launcher, "one");
  const { code, text } = await launcher.train("one", "--steps=4").ended;
  assert.equal(code, 0, text);
  assert.match(text, /^Nothing to train: run one has ended at step 8, and --steps asks for 4; /);
  assert.deepEqual(await filesOf(launcher, "one"), before);
});

test("train --json prints how the run has ended as its only output, and keeps the exit code", async () => {
  await using launcher = await Launcher.inFolder();
  const { code, out, text } = await launcher.train("one", "--steps=8", "--json").ended;
  assert.equal(code, 0, text);
  const { best, ...rest } = JSON.parse(out);
  const sha256 = (await launcher.lines("one")).findLast(({ kind }) => kind === "checkpoint")?.sha256;
  assert.deepEqual(rest, {
    ...{ run: "one", folder: join(launcher.runsDir, "one"), state: "ended", reason: null },
    ...{ step: 8, sha256, skipped: 0, divergedTo: null },
  });
  assert.equal(typeof best.wrongBits, "number");
  assert.match(text, /^Done at step 8$/m);
  const wrong = await launcher.train("one", "--steps=0", "--json").ended;
  assert.deepEqual([wrong.code, wrong.out], [2, ""], wrong.text);
});

test("train counts the steps that make no update, and reports them at the end", async () => {
  await using launcher = await Launcher.inFolder();
  const { code, text } = await launcher.train("hot", "--steps=8", "--set=optimizer.learningRate=1e30").ended;
  assert.equal(code, 0, text);
  assert.match(text, /coordinator: Step 2 made no update, since its loss or gradient is not finite/);
  assert.match(text, /evaluator: The evaluation of step 4 on validation is not finite/);
  assert.match(text, /^Done at step 8\n {2}skipped {4}7 of 8 steps made no update/m);
});

test("train refuses initial parameters that are not finite, and fails a run without a single update", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=1").ended).code, 0);
  const { tensors } = decodeSafetensors(
    await readFile(join(launcher.runsDir, "one", "checkpoints", "1.safetensors")),
  );
  const path = join(launcher.runsDir, "initial.safetensors");
  const startWith = async (value: number) => {
    const { shape, data } = tensors.get("interface.bias")!;
    const bent = new Map([...tensors, ["interface.bias", { shape, data: data.slice().fill(value) }]]);
    await writeFile(path, encodeSafetensors({ tensors: bent, metadata: {} }));
    return launcher.train("bent", "--steps=4", `--init=${path}`).ended;
  };
  const refused = await startWith(Number.NaN);
  assert.equal(refused.code, 2, refused.text);
  assert.match(refused.text, /initial\.safetensors: .*interface\.bias must be finite, got NaN at element 0/);
  const failed = await startWith(3e38);
  assert.equal(failed.code, 3, failed.text);
  assert.match(failed.text, /The run failed at step 4\n {2}reason {5}no step made an update, .*learningRate/);
});
