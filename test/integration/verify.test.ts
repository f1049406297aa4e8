/**
 * Runs `memnet verify` on a run that real services have trained, first intact and then altered in every way it detects.
 */

import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { after } from "node:test";
import { Launcher } from "./launcher.testing.ts";

const launcher = await Launcher.inFolder();
after(() => launcher[Symbol.asyncDispose]());
const trained = await launcher.train("run").ended;
const lines = await launcher.lines("run");
const last = String(lines.findLast(({ kind }) => kind === "checkpoint")?.sha256);

const verify = (...flags: string[]) => launcher.memnet("verify", ...flags).ended;
const checkpoint = (step: number) => `checkpoints/${step}.safetensors`;

/** Alters a file of the run for the duration of the work. */
async function altered(
  file: string,
  alter: (bytes: Buffer) => Buffer | string | null,
  work: () => Promise<void>,
) {
  const path = join(launcher.runsDir, "run", file);
  const bytes = await readFile(path);
  const other = alter(Buffer.from(bytes));
  await (other === null ? rm(path) : writeFile(path, other));
  try {
    await work();
  } finally {
    await writeFile(path, bytes);
  }
}

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length - 5]! ^= 1;
  return bytes;
}

const config = (change: (json: Record<string, Record<string, unknown>>) => void) => (bytes: Buffer) => {
  const json = JSON.parse(bytes.toString());
  change(json);
  return JSON.stringify(json);
};

test("verify confirms that a run is what its configuration gives", async () => {
  assert.equal(trained.code, 0, trained.text);
  const { code, text } = await verify("run");
  assert.equal(code, 0, text);
  assert.match(
    text,
    /^Run run is what its configuration gives\n {2}steps {6}0 to 12\n {2}hashes {5}4 compared, all/,
  );
  assert.match(text, /files {6}5 compared, all agree, to the byte\n {2}losses {5}12 compared, all agree/);
  assert.match(text, new RegExp(`SHA-256 {4}${last}\n {2}engine {5}wasm, fingerprint [0-9a-f]{64}\n$`));
});

test("verify --steps begins at a checkpoint; --json prints the outcome in one line", async () => {
  const { code, text } = await verify("run", "--steps", "6..12", "--json");
  assert.equal(code, 0, text);
  const { agrees, from, to, hashes, steps, sha256, fingerprint, differences } = JSON.parse(text);
  assert.deepEqual([agrees, from, to, sha256, differences], [true, 4, 12, last, []]);
  assert.deepEqual(
    [hashes, steps],
    [
      { agreed: 3, compared: 3 },
      { agreed: 8, compared: 8 },
    ],
  );
  assert.equal(fingerprint.there, fingerprint.here);
});

test("verify finds a flipped bit in a checkpoint, both on its way and at its start", async () => {
  await altered(checkpoint(4), flipped, async () => {
    const onItsWay = await verify("run");
    assert.equal(onItsWay.code, 1, onItsWay.text);
    assert.match(onItsWay.text, /^Run run differs from its record at step 4\n/);
    assert.match(onItsWay.text, /hashes {5}4 compared, all agree\n {2}files {6}4 of 5 agree/);
    assert.match(
      onItsWay.text,
      /4\.safetensors: Cannot use this checkpoint: the checksum of its .* must be /,
    );
    const beginning = await verify("run", "--steps", "4..8");
    assert.equal(beginning.code, 1, beginning.text);
    assert.match(
      beginning.text,
      /^Cannot verify run run: .*4\.safetensors: Cannot use this checkpoint: the checksum/,
    );
  });
  await altered("best.safetensors", flipped, async () => {
    const { code, text } = await verify("run");
    assert.equal(code, 1, text);
    assert.match(text, /^Cannot verify run run: .*best\.safetensors: Cannot use this checkpoint/);
  });
});

test("verify finds a changed hash in a line, naming both hashes, and a changed loss", async () => {
  const hash = String(lines.find(({ kind, step }) => kind === "checkpoint" && step === 8)?.sha256);
  const other = hash.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  await altered(
    "metrics.jsonl",
    (bytes) => bytes.toString().replace(hash, other),
    async () => {
      for (const steps of [[], ["--steps=8..12"]]) {
        const { code, text } = await verify("run", ...steps);
        assert.equal(code, 1, text);
        assert.match(text, /^Run run differs from its record at step 8\n/);
        assert.match(
          text,
          new RegExp(`step 8, parameters\n {2}recorded {3}${other}\n {2}recomputed ${hash}\n`),
        );
      }
    },
  );
  const loss = `"loss":${lines.find(({ kind, step }) => kind === "step" && step === 7)?.loss}`;
  await altered(
    "metrics.jsonl",
    (bytes) => bytes.toString().replace(loss, '"loss":1.5'),
    async () => {
      const { code, text } = await verify("run");
      assert.equal(code, 1, text);
      assert.match(text, /losses {5}11 of 12 agree.*\n(.*\n)*\nstep 7, loss\n {2}recorded {3}1\.5\n/);
    },
  );
});

test("verify reports a step that is recorded twice or not at all; resuming repairs both", async () => {
  assert.equal((await launcher.train("mended", "--steps=8").ended).code, 0);
  const path = join(launcher.runsDir, "mended", "metrics.jsonl");
  const whole = await readFile(path, "utf8");
  const line = whole.split("\n").find((text) => text.startsWith('{"kind":"step","step":7,'))!;
  await writeFile(path, whole.replace(line, `${line}\n${line}`));
  const twice = await verify("mended");
  assert.equal(twice.code, 1, twice.text);
  assert.match(twice.text, /record {5}metrics\.jsonl has more than one line for step 7;/);
  await writeFile(path, whole.replace(`${line}\n`, ""));
  const gap = await verify("mended");
  assert.equal(gap.code, 1, gap.text);
  assert.match(gap.text, /metrics\.jsonl has no line for step 7;/);
  const resumed = await launcher.train("mended").ended;
  assert.match(resumed.text, /metrics\.jsonl of run mended has no line for step 7: mended/);
  const mended = await verify("mended");
  assert.equal(mended.code, 0, mended.text);
  assert.match(mended.text, /losses {5}11 compared, all agree.*\n {2}lost {7}the losses of 1 step/);
});

test("verify finds a changed seed in config.json", async () => {
  const seed = config((json) => Object.assign(json.training!, { seed: 2 }));
  await altered("config.json", seed, async () => {
    const { code, text } = await verify("run");
    assert.equal(code, 1, text);
    assert.match(text, /^Differences are to be expected: .* or config\.json is another/);
    assert.match(
      text,
      /Run run differs from its record at step 0\n {2}steps {6}0 to 0\n {2}hashes {5}0 of 1 agree/,
    );
    const beginning = await verify("run", "--steps=4..8");
    assert.equal(beginning.code, 1, beginning.text);
    assert.match(
      beginning.text,
      /4\.safetensors must be of the configuration in config\.json, and differs in seed\n/,
    );
  });
});

test("verify begins with checkpoint 0 if a run was started from a file", async () => {
  const { text } = await launcher.train("given", `--init=${join(launcher.runsDir, "run", checkpoint(8))}`)
    .ended;
  assert.match(text, /Done at step 12/);
  const { code, text: verdict } = await verify("given");
  assert.equal(code, 0, verdict);
  assert.match(
    verdict,
    /steps {6}0 to 12\n {2}hashes {5}4 compared, all agree\n {2}files {6}4 compared, all agree/,
  );
  await rm(join(launcher.runsDir, "given", checkpoint(0)));
  const gone = await verify("given");
  assert.equal(gone.code, 1, gone.text);
  assert.match(gone.text, /^Cannot verify run given from step 0: it began from parameters that were given, /);
});

test("verify ends with 2 if there is nothing to compare with", async () => {
  const refused = async (flags: string[], message: RegExp) => {
    const { code, text } = await verify(...flags);
    assert.equal(code, 2, text);
    assert.match(text, message);
  };
  await refused(["none"], /^There is no run none in /);
  await refused(
    ["run", "--steps=4..13"],
    /^Cannot use --steps: run run has its last hash at step 12, got 4\.\.13\n$/,
  );
  await refused(
    ["run", "--steps=4..6"],
    /^Cannot verify steps 4 to 6 of run run: .* the next is at step 8\n$/,
  );
  await refused(["run", "--steps=all"], /^Cannot use --steps: it must be A\.\.B/);
  await altered(
    "metrics.jsonl",
    () => "",
    () => refused(["run"], /its metrics\.jsonl must have checkpoint lines/),
  );
  const relaxed = config((json) => Object.assign(json, { relaxedFrom: 4 }));
  await altered("config.json", relaxed, async () => {
    await refused(["run"], /it was relaxed from step 4 on, .*; --steps 0\.\.4 are exact\n$/);
    assert.equal((await verify("run", "--steps=0..4")).code, 0);
  });
  const engine = config((json) => Object.assign(json.training!, { engine: "abacus" }));
  await altered("config.json", engine, () =>
    refused(
      ["run"],
      /^Cannot verify run run: its engine abacus must work here, and does not: Unknown engine/,
    ),
  );
});
