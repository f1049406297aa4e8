import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ReadRun } from "./claim.ts";
import { madeUpRun } from "./made-up.testing.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function results(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "results/main.ts", ...args],
    { cwd: root, encoding: "utf8" },
  );
  return { code: status, out: stdout, err: stderr };
}

/** Makes a runs folder as an evaluator leaves it, and a folder for results. */
function folders(context: TestContext, runs: readonly ReadRun[]) {
  const parent = mkdtempSync(join(tmpdir(), "memnet-results-"));
  context.after(() => rmSync(parent, { recursive: true, force: true }));
  const runsDir = join(parent, "runs");
  mkdirSync(runsDir);
  for (const { run, config, state, lines } of runs) {
    mkdirSync(join(runsDir, run));
    writeFileSync(join(runsDir, run, "config.json"), JSON.stringify(config));
    writeFileSync(join(runsDir, run, "state"), JSON.stringify(state));
    writeFileSync(
      join(runsDir, run, "metrics.jsonl"),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
  }
  return { runsDir, folder: join(parent, "results") };
}

const files = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

test("npm run results collects finished runs and draws them", (context) => {
  const other = madeUpRun("ntm-copy", { run: "other" });
  const changed = {
    ...other,
    config: { ...other.config, training: { ...other.config.training, microBatch: 8 } },
  };
  const { runsDir, folder } = folders(context, [
    madeUpRun("dnc-repeat-copy-fast", { seed: 1 }),
    madeUpRun("dnc-repeat-copy-fast", { seed: 2 }),
    changed,
  ]);
  const collected = results("collect", runsDir, "--short", "--folder", folder);
  assert.equal(collected.code, 0, collected.err);
  assert.match(collected.out, /^Took run-1: dnc-repeat-copy-fast, seed 1, 4 steps\nTook run-2: /);
  assert.equal(collected.err, "Passed over other: no preset; ntm-copy differs in microBatch\n");
  const drew = results("draw", "--folder", folder);
  assert.equal(drew.code, 0, drew.err);
  const made = ["curves.svg", "seed-1.csv", "seed-1.json", "seed-2.csv", "seed-2.json"];
  const preset = "dnc-repeat-copy-fast";
  assert.deepEqual(files(folder), ["README.md", preset, ...made.map((name) => join(preset, name))]);
  assert.match(
    readFileSync(join(folder, "README.md"), "utf8"),
    /^\| 2 \| 4 \| 64 \| 4 \| 0\.0500 \| 50\.0 % \|$/m,
  );
});

test("npm run results refuses unfinished runs with code 1, and collects the rest", (context) => {
  const { runsDir, folder } = folders(context, [
    { ...madeUpRun("ntm-copy", { run: "a" }), state: { state: "stopped", reason: null, epoch: 1 } },
    madeUpRun("ntm-copy", { run: "b", seed: 2 }),
    madeUpRun("ntm-copy-20", { run: "c" }),
    madeUpRun("ntm-copy-20", { run: "d" }),
  ]);
  const { code, out, err } = results("collect", runsDir, "--short", "--folder", folder);
  assert.deepEqual([code, out], [1, "Took b: ntm-copy, seed 2, 4 steps\n"]);
  assert.match(err, /^Cannot take run a: it must have ended, and its state is stopped$/m);
  assert.match(err, /^Cannot take run c: one run must be ntm-copy-20 with seed 1, and d is it too/m);
  assert.match(err, /^Cannot take run d: /m);
  assert.deepEqual(files(join(folder, "ntm-copy")), ["seed-2.csv", "seed-2.json"]);
  const named = results("collect", runsDir, "d", "--short", "--folder", folder);
  assert.deepEqual([named.code, named.out], [0, "Took d: ntm-copy-20, seed 1, 4 steps\n"]);
});

test("npm run results reports that there is nothing to collect, or no such run", (context) => {
  const { runsDir, folder } = folders(context, []);
  const none = results("collect", runsDir, "--folder", folder);
  assert.deepEqual([none.code, none.out], [1, ""]);
  assert.match(none.err, /^Cannot collect from .*: it must hold a preset's run, and has none\n$/);
  const missing = results("collect", runsDir, "x", "--folder", folder);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^Cannot use run x: there is none of that name in /);
});

test("npm run results ends with 2 for an unknown command or flag", () => {
  for (const [args, said] of [
    [[], /collect or draw/],
    [["publish"], /"publish": it must be collect or draw/],
    [["collect"], /RUNS_DIR must be given/],
    [["draw", "x"], /no arguments, got x/],
    [["draw", "--short"], /--short is for collect/],
    [["draw", "--fast"], /--fast/],
  ] as const) {
    const { code, err } = results(...args);
    assert.equal(code, 2, err);
    assert.match(err, said);
    assert.doesNotMatch(err, /\n {4}at /);
  }
  const { code, out } = results("--help");
  assert.equal(code, 0);
  assert.match(out, /npm run results -- collect RUNS_DIR/);
});
