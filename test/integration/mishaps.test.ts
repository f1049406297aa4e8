/** What a person at the terminal is told when something is wrong with a run. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { Launcher } from "./launcher.testing.ts";

/** SHA-256 of each file of a run, by its path. */
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

test("train says which checkpoint it cannot use, why, and where it resumes", async () => {
  await using launcher = await Launcher.inFolder();
  assert.equal((await launcher.train("one", "--steps=8").ended).code, 0);
  const path = join(launcher.runsDir, "one", "checkpoints", "8.safetensors");
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  const { code, text } = await launcher.train("one", "--steps=12").ended;
  assert.equal(code, 0, text);
  assert.match(text, /Checkpoint 8 of run one was set aside: .*checksum/);
  assert.match(text, /Run one resumes from step 4: no newer checkpoint can be used/);
});
