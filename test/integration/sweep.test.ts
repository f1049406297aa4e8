/** `memnet sweep` as a user runs it: the bits of single runs, resumed, and bad settings refused at once. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { train } from "memnet";
import { flagsOf, smallSettings } from "./cluster.testing.ts";
import { Launcher } from "./launcher.testing.ts";

const own = { ...smallSettings, engine: "wasm" };
const flags = ["--name=rates", "--port=0", ...flagsOf(own), "--grid=optimizer.learningRate=1e-3,0.01"];

test("sweep trains each combination from each seed to the bits of a single run, and passes over what has ended", async () => {
  await using launcher = await Launcher.inFolder();
  const grid = "--grid=memory.slots=5,6";
  const first = await launcher.memnet("sweep", ...flags, grid, "--seeds=1").ended;
  assert.equal(first.code, 0, first.text);
  assert.match(first.text, /^4 runs, \d+ at a time$/m);
  const second = await launcher.memnet("sweep", ...flags, grid, "--seeds=1..2", "--parallel=3").ended;
  assert.equal(second.code, 0, second.text);
  assert.match(second.text, /^Run rates-1e-3-5-seed-1, seed 1 \(1 of 8\), has ended: passed over$/m);
  assert.match(second.text, /^4 runs, 3 at a time$/m);
  assert.match(
    second.text,
    /^optimizer\.learningRate +memory\.slots +wrongBits<0\.1 +sequences +wrong bits +exact$/m,
  );
  assert.match(second.text, /^0\.01 +6 +0 of 2 /m);
  const hashes: string[] = [];
  for (const [label, learningRate] of [
    ["1e-3", 1e-3],
    ["0_01", 0.01],
  ] as const) {
    for (const slots of [5, 6]) {
      for (const seed of [1, 2]) {
        const memory = { ...own.memory, slots };
        const settings = { ...own, memory, seed, optimizer: { learningRate } };
        const { sha256 } = await train({ settings, engine: "wasm" });
        const lines = await launcher.lines(`rates-${label}-${slots}-seed-${seed}`);
        assert.equal(lines.findLast(({ kind }) => kind === "checkpoint")?.sha256, sha256, second.text);
        hashes.push(sha256);
      }
    }
  }
  const folder = join(launcher.runsDir, "report");
  const reported = await launcher.memnet("report", "rates", `--out=${folder}`).ended;
  assert.equal(reported.code, 0, reported.text);
  const rows = (await readFile(join(folder, "runs.csv"), "utf8")).trimEnd().split("\n").slice(1);
  assert.equal(rows.length, 8);
  for (const hash of hashes) assert.ok(rows.some((row) => row.split(",").includes(hash)));
  const refused = await launcher.memnet("report", "rates", `--out=${folder}`, "--seed=1").ended;
  assert.equal(refused.code, 2, refused.text);
  assert.match(refused.text, /^Cannot choose an episode: rates is a sweep, whose report plays none$/m);
});

test("sweep refuses settings that cannot work before any run begins", async () => {
  await using launcher = await Launcher.inFolder();
  for (const [more, message] of [
    ["--grid=memory.slots=5,0", /^Cannot use this configuration: memory\.slots: .*, got 0$/m],
    ["--grid=memry.slots=5", /^Unknown setting memry\.slots: /m],
    ["--grid=seed=1,2", /^Cannot use --grid: --seeds names the seeds, /m],
    ["--seed=3", /^Cannot use --seed or --set seed=: /m],
    ["--parallel=none", /^Cannot use --parallel: it must be a number, got "none"$/m],
  ] as const) {
    const { code, text } = await launcher.memnet("sweep", ...flags, more).ended;
    assert.equal(code, 2, text);
    assert.match(text, message);
  }
  const runs = (await readdir(launcher.runsDir)).filter((name) => name.startsWith("rates"));
  assert.deepEqual(runs, []);
});
