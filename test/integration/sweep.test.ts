/** `memnet sweep` as a user runs it: the bits of single runs, resumed, and bad settings refused at once. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { bitsOf, flagsOf, smallSettings } from "./cluster.testing.ts";
import { Launcher } from "./launcher.testing.ts";

const own = smallSettings;
const flags = ["--name=rates", "--port=0", ...flagsOf(own), "--grid=optimizer.learningRate=1e-3,0.01"];

test("sweep trains each combination from each seed to the bits of a single run, and skips what has ended", async () => {
  await using launcher = await Launcher.inFolder();
  const grid = "--grid=memory.slots=5,6";
  const first = await launcher.memnet("sweep", ...flags, grid, "--seeds=1").ended;
  assert.equal(first.code, 0, first.text);
  assert.match(first.text, /^4 runs, \d+ at a time$/m);
  const second = await launcher.memnet("sweep", ...flags, grid, "--seeds=1..2", "--parallel=3").ended;
  assert.equal(second.code, 0, second.text);
  assert.match(second.text, /^Run rates-1e-3-5-seed-1, seed 1 \(1 of 8\), has ended: skipped$/m);
  assert.match(second.text, /^4 runs, 3 at a time$/m);
  assert.match(
    second.text,
    /^optimizer\.learningRate +memory\.slots +over +wrongBits<0\.1 +sequences +quartiles +wrong bits +exact$/m,
  );
  assert.match(second.text, /^0\.01 +6 +2\/2 +0 of 2 /m);
  const hashes: string[] = [];
  for (const [label, learningRate] of [
    ["1e-3", 1e-3],
    ["0_01", 0.01],
  ] as const) {
    for (const slots of [5, 6]) {
      for (const seed of [1, 2]) {
        const memory = { ...own.memory, slots };
        const sha256 = await bitsOf({ ...own, memory, seed, optimizer: { ...own.optimizer, learningRate } });
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
    ["--grid=memory.slots=5,0", /^Cannot use this configuration: memory\.slots must be at least 1, got 0$/m],
    ["--grid=memry.slots=5", /^Unknown setting memry\.slots; did you mean memory\.slots\?$/m],
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

test("sweep --prune ends points early that do worse than the others, says why, and resumes without them", async () => {
  await using launcher = await Launcher.inFolder();
  const { steps: _steps, ...settings } = own;
  const learning = [
    ...flagsOf({
      ...settings,
      sequencesPerStep: 4,
      task: { bits: 2 },
      evaluateEvery: 50,
      checkpointEvery: 50,
    }),
    ...["--set=optimizer.kind=adam", "--grid=optimizer.learningRate=1e-2,2e-2,1e-9", "--seeds=1..4"],
  ];
  const command = () =>
    launcher.memnet(
      "sweep",
      "--name=early",
      "--port=0",
      "--steps=500",
      "--prune=median",
      "--parallel=2",
      ...learning,
    );
  const { code, text } = await command().ended;
  assert.equal(code, 0, text);
  assert.match(text, /^Ended early-1e-9 early: at step \d+ its best number of wrong bits is /m);
  assert.match(text, /^1e-9 +\d\/4 ended early /m);
  assert.match(text, /^1e-2 +4\/4 /m);
  const begun = (await readdir(launcher.runsDir)).filter((name) => name.startsWith("early-1e-9"));
  assert.ok(begun.length >= 2 && begun.length < 4, `some of its runs have never begun, got ${begun.join()}`);
  const again = await command().ended;
  assert.equal(again.code, 0, again.text);
  assert.doesNotMatch(again.text, /runs, 2 at a time/);
  const { text: json } = await launcher.memnet("sweeps", "early", "--json").ended;
  const { pruned, points } = JSON.parse(json);
  assert.deepEqual(
    pruned.map(({ label }: { label: string }) => label),
    ["1e-9"],
  );
  assert.deepEqual(
    points.map(({ label }: { label: string }) => label),
    ["1e-2", "2e-2", "1e-9"],
  );
});

test("sweep --config reads a file, and draws the same random points each time", async () => {
  await using launcher = await Launcher.inFolder();
  const path = join(launcher.runsDir, "sweep.json");
  const ranges = { "optimizer.learningRate": "1e-4..1e-2:log", "memory.slots": "5..9" };
  const sweep = { name: "drawn", seeds: "1", random: { points: 2, seed: 7, ranges } };
  await writeFile(path, JSON.stringify({ ...own, steps: 4, sweep }));
  const command = () => launcher.memnet("sweep", `--config=${path}`, "--port=0").ended;
  const first = await command();
  assert.equal(first.code, 0, first.text);
  const second = await command();
  assert.match(second.text, /^Run drawn-r1-seed-1, seed 1 \(1 of 2\), has ended: skipped$/m);
  assert.match(second.text, /^Run drawn-r2-seed-1, seed 1 \(2 of 2\), has ended: skipped$/m);
  const [one, other] = await Promise.all(
    ["drawn-r1-seed-1", "drawn-r2-seed-1"].map(async (run) => {
      const config = JSON.parse(await readFile(join(launcher.runsDir, run, "config.json"), "utf8"));
      return config.training as { optimizer: { learningRate: number }; memory: { slots: number } };
    }),
  );
  assert.notEqual(one!.optimizer.learningRate, other!.optimizer.learningRate);
  for (const { optimizer, memory } of [one!, other!]) {
    assert.ok(optimizer.learningRate >= 1e-4 && optimizer.learningRate <= 1e-2);
    assert.ok(memory.slots >= 5 && memory.slots <= 9);
  }
  const schema = await launcher.command("sweep", "--schema").ended;
  const { properties } = JSON.parse(schema.text);
  assert.deepEqual(Object.keys(properties.sweep.properties), ["name", "preset", "seeds", "grid", "random"]);
  assert.ok("optimizer" in properties && "steps" in properties);
});
