import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunOnDisk } from "@memnet/runs";
import { ending } from "@memnet/terminal";
import { type PresetName, presetConfig, trainingHash } from "memnet";
import { nearestPreset, resultOf } from "./collect.ts";
import { results } from "./command.ts";
import { presetNames, type Result } from "./result.ts";

type ReadRun = Pick<RunOnDisk, "run" | "config" | "state" | "lines">;

const root = fileURLToPath(new URL("..", import.meta.url));
const hash = (digit: string) => digit.repeat(64);

/** A run of the preset that has ended after two evaluations, at steps 2 and 4; its losses are 1, 2, 3 … bits. */
function madeUpRun(preset: PresetName, { seed = 1, run = "" } = {}): ReadRun {
  const { training, operation } = presetConfig(preset, { seed, engine: "wasm" });
  const step = (step: number) => ({ kind: "step", step, loss: step * Math.LN2, gradientNorm: 1, seconds: 1 });
  const evaluation = (step: number, split: string, sequences: number, wrongBits: number) => ({
    ...{ kind: "evaluation", step, split, sequences, wrongBits },
    ...{ loss: 3 * Math.LN2, lossBits: 3, exact: 0.5 },
  });
  const event = (event: string, time: string) => ({ kind: "event", event, time });
  return {
    run: run || `run-${seed}`,
    config: {
      training,
      operation: { ...operation, steps: 4 },
      fingerprint: hash("f"),
      relaxedFrom: null,
      versions: { memnet: "1.2.3", node: "20.20.2", platform: "linux-x64" },
      machine: "here",
      created: "2026-01-01T00:00:00.000Z",
    },
    state: { state: "ended", reason: null, epoch: 1 },
    lines: [
      event("opened", "2026-01-01T00:00:00.000Z"),
      ...[step(1), step(2), { kind: "checkpoint", step: 2, sha256: hash("2") }],
      ...[step(3), step(4), { kind: "checkpoint", step: 4, sha256: hash("4") }],
      evaluation(2, "validation", 800, 1.25),
      evaluation(4, "length-20", 160, 7),
      evaluation(4, "validation", 800, 0.05),
      event("ended", "2026-01-01T00:01:30.400Z"),
    ],
  };
}

const read = madeUpRun("original-dnc-repeat-copy-fast", { seed: 3 });
const collected = (lines: ReadRun["lines"]) =>
  resultOf({ ...read, lines }, "original-dnc-repeat-copy-fast") as Result;

test("resultOf() has all that is needed to train the run again", () => {
  assert.deepEqual(collected(read.lines).record, {
    preset: "original-dnc-repeat-copy-fast",
    seed: 3,
    steps: 4,
    sequences: 64,
    parametersSha256: hash("4"),
    trainingSha256: trainingHash(read.config.training),
    engine: "wasm",
    fingerprint: hash("f"),
    memnet: "1.2.3",
    node: "20.20.2",
    platform: "linux-x64",
    wallSeconds: 90,
  });
});

test("resultOf() has training since the previous evaluation, validation, then sizes beyond training", () => {
  const none = { wrongBits: null, exact: null };
  assert.deepEqual(collected(read.lines).rows, [
    { step: 2, sequences: 32, split: "training", measured: 32, lossBits: 1.5, ...none },
    { step: 2, sequences: 32, split: "validation", measured: 800, lossBits: 3, wrongBits: 1.25, exact: 0.5 },
    { step: 4, sequences: 64, split: "training", measured: 32, lossBits: 3.5, ...none },
    { step: 4, sequences: 64, split: "validation", measured: 800, lossBits: 3, wrongBits: 0.05, exact: 0.5 },
    { step: 4, sequences: 64, split: "length-20", measured: 160, lossBits: 3, wrongBits: 7, exact: 0.5 },
  ]);
});

test("resultOf() averages the steps with a finite loss, and says how many there are", () => {
  const training = (broken: readonly number[]) => {
    const lines = read.lines.map((line) =>
      line.kind === "step" && broken.includes(line.step as number) ? { ...line, loss: null } : line,
    );
    const { lossBits, measured } = collected(lines).rows[2]!;
    return [lossBits, measured];
  };
  assert.deepEqual(training([3]), [4, 16]);
  assert.deepEqual(training([3, 4]), [null, 0]);
});

test("resultOf() keeps six digits, and drops a figure that is not finite", () => {
  const figures = { lossBits: null, wrongBits: 1 / 3, exact: 0.00012345678 };
  const lines = read.lines.map((line) => (line.kind === "evaluation" ? { ...line, ...figures } : line));
  const { lossBits, wrongBits, exact } = collected(lines).rows[1]!;
  assert.deepEqual([lossBits, wrongBits, exact], [null, 0.333333, 0.000123457]);
});

test("resultOf() does not know the time of a run that was reopened, or that lost an event", () => {
  const opened = read.lines.find(({ event }) => event === "opened")!;
  const seconds = (lines: ReadRun["lines"]) => collected(lines).record.wallSeconds;
  assert.equal(seconds([...read.lines, opened]), null);
  for (const lost of ["opened", "ended"])
    assert.equal(seconds(read.lines.filter(({ event }) => event !== lost)), null);
});

test("resultOf() refuses a run that has not ended, was relaxed, or has no measurement at its end", () => {
  const why = (changed: Partial<ReadRun>) =>
    String(resultOf({ ...read, ...changed }, "original-dnc-repeat-copy-fast"));
  assert.match(why({ state: { state: "training", reason: null, epoch: 1 } }), /its state is training$/);
  assert.match(why({ config: { ...read.config, relaxedFrom: 2 } }), /relaxed from step 2$/);
  const last = { kind: "checkpoint", step: 6, sha256: hash("6") };
  assert.match(why({ lines: [...read.lines, last] }), /a checkpoint that was measured/);
  assert.match(why({ lines: [] }), /a checkpoint that was measured/);
});

test("nearestPreset() compares settings, whatever the seed and engine, and names those that differ", () => {
  for (const preset of presetNames) {
    const { training } = presetConfig(preset, { seed: 77, engine: "tfjs-cpu" });
    assert.deepEqual(nearestPreset(training), { preset, differs: [] });
  }
  const { training } = presetConfig("original-ntm-copy-20", { seed: 1, engine: "wasm" });
  assert.ok(training.model === "ntm");
  const changed = { ...training, memory: { ...training.memory, slots: 64 }, sequencesPerStep: 32 };
  const differs = ["memory.slots", "sequencesPerStep"];
  assert.deepEqual(nearestPreset(changed), { preset: "original-ntm-copy-20", differs });
});

function started(...args: string[]) {
  const command = ["--import", "tsx", "results/main.ts", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

/** Makes a runs folder as an evaluator leaves it, and a folder for results. */
function folders(context: TestContext, runs: readonly ReadRun[]) {
  const parent = mkdtempSync(join(tmpdir(), "memnet-results-"));
  context.after(() => rmSync(parent, { recursive: true, force: true }));
  const runsDir = join(parent, "runs");
  for (const { run, config, state, lines } of runs) {
    mkdirSync(join(runsDir, run), { recursive: true });
    writeFileSync(join(runsDir, run, "config.json"), JSON.stringify(config));
    writeFileSync(join(runsDir, run, "state"), JSON.stringify(state));
    const jsonl = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    writeFileSync(join(runsDir, run, "metrics.jsonl"), jsonl);
  }
  return { runsDir, folder: join(parent, "results") };
}

const files = (folder: string) => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

test("npm run results collects finished runs and draws them", (context) => {
  const other = madeUpRun("original-ntm-copy", { run: "other" });
  const training = { ...other.config.training, microBatch: 8 };
  const { runsDir, folder } = folders(context, [
    madeUpRun("original-dnc-repeat-copy-fast", { seed: 1 }),
    madeUpRun("original-dnc-repeat-copy-fast", { seed: 2 }),
    { ...other, config: { ...other.config, training } },
  ]);
  const collected = started("collect", runsDir, "--folder", folder);
  assert.equal(collected.code, 0, collected.err);
  assert.match(collected.out, /^Took run-1: original-dnc-repeat-copy-fast, seed 1, 4 steps\nTook run-2: /);
  assert.equal(collected.err, "Skipped other: no preset; original-ntm-copy differs in microBatch\n");
  const drew = started("draw", "--folder", folder);
  assert.equal(drew.code, 0, drew.err);
  const made = ["curves.svg", "seed-1.csv", "seed-1.json", "seed-2.csv", "seed-2.json"];
  const preset = "original-dnc-repeat-copy-fast";
  assert.deepEqual(files(folder), ["README.md", preset, ...made.map((name) => join(preset, name))]);
});

test("npm run results refuses unfinished runs and rivals with code 1, and collects the rest", (context) => {
  const { runsDir, folder } = folders(context, [
    { ...madeUpRun("original-ntm-copy", { run: "a" }), state: { state: "stopped", reason: null, epoch: 1 } },
    madeUpRun("original-ntm-copy", { run: "b", seed: 2 }),
    madeUpRun("original-ntm-copy-20", { run: "c" }),
    madeUpRun("original-ntm-copy-20", { run: "d" }),
  ]);
  const { code, out, err } = started("collect", runsDir, "--folder", folder);
  assert.equal(code, 1);
  assert.equal(
    out,
    "Took b: original-ntm-copy, seed 2, 4 steps\nTook c: original-ntm-copy-20, seed 1, 4 steps\n",
  );
  assert.match(err, /^Cannot take run a: it must have ended, and its state is stopped$/m);
  assert.match(err, /^Cannot take run d: c is original-ntm-copy-20, seed 1 too \(name the one to take\)$/m);
  assert.deepEqual(files(join(folder, "original-ntm-copy")), ["seed-2.csv", "seed-2.json"]);
  const named = started("collect", runsDir, "d", "--folder", folder);
  assert.deepEqual([named.code, named.out], [0, "Took d: original-ntm-copy-20, seed 1, 4 steps\n"]);
});

test("npm run results reports that there is nothing to collect, or no such run", (context) => {
  const { runsDir, folder } = folders(context, []);
  const none = started("collect", runsDir, "--folder", folder);
  assert.equal(none.code, 1);
  assert.match(none.err, /^Cannot collect from .*: it must hold a preset's run, and has none$/m);
  const missing = started("collect", runsDir, "x", "--folder", folder);
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^Cannot use run x: there is none of that name in /);
});

test("results() refuses an unknown command or flag", async () => {
  for (const [args, said] of [
    [[], /RUNS_DIR \[RUN…\] or draw, got ""/],
    [["publish"], /got "publish"/],
    [["collect"], /got "collect"/],
    [["draw", "x"], /got "draw x"/],
    [["draw", "--fast"], /--fast/],
  ] as const) {
    const { code, text } = await results(args).then(() => ({ code: 0, text: "" }), ending);
    assert.equal(code, 2, text);
    assert.match(text, said);
    assert.doesNotMatch(text, /\n {4}at /);
  }
});

test("npm run results ends with 2 for what it cannot use", () => {
  const { code, err } = started("publish");
  assert.equal(code, 2, err);
  assert.match(err, /got "publish"/);
  assert.doesNotMatch(err, /\n {4}at /);
});
