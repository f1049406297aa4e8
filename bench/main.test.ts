import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeCheckpoint, newLearner } from "memnet";
import { programOnPath } from "../bin/src/shell.ts";
import { skipWithoutGpu } from "../libs/memnet/src/testing/software-gpu.ts";
import type { ClusterRow } from "./cluster-report.ts";
import type { GpuRow } from "./report.ts";
import type { WholeRow } from "./whole-report.ts";
import { workload } from "./workload.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs the benchmark as a user does. */
function bench(...args: string[]) {
  return spawnSync("npm", ["run", "--silent", "bench", "--", ...args], { cwd: root, encoding: "utf8" });
}

test("npm run bench -- --json prints an array of rows and nothing else", () => {
  const wanted = ["--json", "--preset", "dnc-repeat-copy", "--engine", "wasm", "--iterations", "3"];
  const { status, stdout, stderr } = bench(...wanted);
  assert.equal(status, 0, stderr);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(rows.length, 1);
  const { millisecondsMedian, ...rest } = rows[0]!;
  assert.deepEqual(rest, { engine: "wasm", preset: "dnc-repeat-copy", sequences: 16, times: 9, threads: 1 });
  assert.ok((millisecondsMedian as number) > 0);
});

test("--from begins at a checkpoint's parameters, and refuses parameters of another size", () => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-bench-"));
  try {
    const file = join(folder, "3.safetensors");
    const { training, model, parameters } = workload("dnc-repeat-copy", 1);
    writeFileSync(file, encodeCheckpoint(newLearner(training, model, parameters)));
    const from = (name: string) =>
      bench("--json", "--engine", "wasm", "--iterations", "3", "--from", file, "--preset", name);
    const timed = from("dnc-repeat-copy");
    assert.equal(timed.status, 0, timed.stderr);
    assert.equal((JSON.parse(timed.stdout) as unknown[]).length, 1);
    const other = from("ntm-copy");
    assert.equal(other.status, 2);
    assert.match(other.stderr, /ntm-copy .* has 62660 parameters, these are 43980/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("--gpu --json times webgpu, and names peers that are not installed", {
  skip: await skipWithoutGpu(),
  timeout: 240_000,
}, () => {
  const sizes = ["--sequences", "2", "--iterations", "3", "--seconds", "1"];
  const wanted = ["--gpu", "--json", "--preset", "dnc-repeat-copy", "--python", "no-such-python", ...sizes];
  const { status, stdout, stderr } = bench(...wanted);
  assert.equal(status, 0, stderr);
  const row = (JSON.parse(stdout) as GpuRow[]).find(({ engine }) => engine === "webgpu")!;
  const { millisecondsMedian, idleShare, ...rest } = row;
  assert.deepEqual(rest, {
    engine: "webgpu",
    preset: "dnc-repeat-copy",
    sequences: 2,
    times: 9,
    overWebgpu: 1,
  });
  assert.ok(millisecondsMedian > 0);
  assert.ok(idleShare !== null && idleShare > 0 && idleShare < 1, `${idleShare}`);
  for (const peer of ["jax", "torch-compiled", "torch-eager", "torch-cuda-graphs"]) {
    assert.match(stderr, new RegExp(`${peer} is left out: `));
  }
});

test("--cluster --json times the real system, and the parts of a step add up to the whole", () => {
  const sizes = ["--sequences", "4", "--micro-batch", "2", "--iterations", "6", "--seconds", "1"];
  const wanted = ["--cluster", "--json", "--preset", "dnc-repeat-copy", "--trainers", "2", ...sizes];
  const { status, stdout, stderr } = bench(...wanted);
  assert.equal(status, 0, stderr);
  const [row, ...others] = JSON.parse(stdout) as ClusterRow[];
  assert.ok(row && others.length === 0);
  const { preset, sequences, microBatch, trainers, speedup } = row;
  assert.deepEqual([preset, sequences, microBatch, trainers, speedup], ["dnc-repeat-copy", 4, 2, 2, null]);
  assert.ok(row.steps >= 3 && row.stepsPerSecond > 0 && row.millisecondsPerStep > 0);
  for (const { other, ...parts } of [row.coordinator, row.trainer]) {
    const measured = Object.values(parts);
    assert.ok(
      measured.every((part) => part > 0),
      JSON.stringify(parts),
    );
    const sum = measured.reduce((all, part) => all + part, other);
    assert.ok(Math.abs(sum - row.millisecondsPerStep) < 1e-6 * sum);
    // A step under way during a reading counts either completely or not at all.
    assert.ok(Math.abs(other) < row.millisecondsPerStep, JSON.stringify(row));
  }
  const processes = ["broker", "coordinator", "data-env", "evaluator", "trainer 1", "trainer 2"];
  assert.deepEqual(Object.keys(row.cpu).sort(), processes);
  assert.ok(Object.values(row.bytes).every((bytes) => bytes > 0));
  if (existsSync("/proc/self/stat")) assert.ok(row.cpu["trainer 1"]! > 0 && row.cpu["trainer 2"]! > 0);
});

test("--whole --json times a step from the engine to NATS, and names peers that are not installed", () => {
  const sizes = ["--sequences", "4", "--iterations", "3", "--seconds", "1", "--python", "no-such-python"];
  const wanted = ["--whole", "--json", "--preset", "dnc-repeat-copy", ...sizes];
  const { status, stdout, stderr } = bench(...wanted);
  assert.equal(status, 0, stderr);
  const [row, ...others] = JSON.parse(stdout) as WholeRow[];
  assert.ok(row && others.length === 0);
  const { engineMs, libraryMs, localMs, natsMs, ...rest } = row;
  assert.deepEqual(rest, { preset: "dnc-repeat-copy", sequences: 4, jaxMs: null, torchMs: null });
  for (const ms of [engineMs, libraryMs, localMs]) assert.ok(ms > 0, stdout);
  for (const peer of ["jax", "torch-eager"]) assert.match(stderr, new RegExp(`${peer} is left out: `));
  if (programOnPath("nats-server", process.env.PATH)) assert.ok(natsMs! > 0, stdout);
  else assert.equal(natsMs, null);
});

test("the bench refuses an unknown name with code 2, and lists the known ones", () => {
  const bench = (...wanted: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", "bench/main.ts", ...wanted], {
      cwd: root,
      encoding: "utf8",
    });
  for (const [wanted, said] of [
    [["--preset", "lstm"], "ntm-copy"],
    [["--engine", "cuda"], "wasm"],
    [["--sequences", "0"], "from 1"],
    [["--scale", "--json"], "--scale"],
    [["--gpu", "--peers"], "--gpu"],
    [["--cluster", "--trainers", "1,x"], '"x"'],
    [["--cluster", "--trainers", "65"], "64"],
    [["--cluster", "--micro-batch", "5"], "64"],
    [["--cluster", "--engine", "cuda"], "wasm"],
    [["--whole", "--sequences", "5"], "5 sequences"],
    [["--whole", "--peer", "torch-plain"], "torch-eager"],
    [["--whole", "--from", "1.safetensors"], "--whole"],
    [["--trainers", "2"], "--cluster"],
    [["--fast"], "--fast"],
  ] as const) {
    const { status, stderr } = bench(...wanted);
    assert.equal(status, 2, stderr);
    assert.ok(stderr.includes(said), stderr);
  }
});
