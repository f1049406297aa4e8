import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { programOnPath } from "@memnet/terminal";
import { skipWithoutGpu } from "../libs/memnet/src/testing/software-gpu.ts";
import type { WholeRow } from "./whole.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function runBench(...args: string[]) {
  const command = ["--import", "tsx", "bench/main.ts", ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
}

const few = ["--preset", "original-dnc-repeat-copy", "--iterations", "3", "--seconds", "1"];

test("npm run bench -- --json prints an array of rows and nothing else", () => {
  const command = ["run", "--silent", "bench", "--", "--json", "--engine", "wasm", ...few];
  const { status, stdout, stderr } = spawnSync("npm", command, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(rows.length, 1);
  const { millisecondsMedian, ...rest } = rows[0]!;
  assert.deepEqual(rest, {
    engine: "wasm",
    preset: "original-dnc-repeat-copy",
    sequences: 16,
    times: 9,
    threads: 1,
  });
  assert.ok((millisecondsMedian as number) > 0);
});

test("--peers times webgpu on a GPU, says how long it is idle, and names peers that are not installed", {
  skip: await skipWithoutGpu(),
  timeout: 240_000,
}, () => {
  const wanted = ["--peers", "--engine", "webgpu", "--sequences", "2", "--python", "no-such-python"];
  const { status, stdout, stderr } = runBench(...wanted, ...few);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /engine .* device idle\n.* webgpu .* \d+ %\n$/);
  for (const peer of ["jax", "torch-compiled", "torch-eager", "torch-cuda-graphs"]) {
    assert.match(stderr, new RegExp(`${peer} is left out of original-dnc-repeat-copy: `));
  }
});

test("--whole --json times a step from the engine to NATS, and names peers that are not installed", () => {
  const wanted = ["--whole", "--json", "--sequences", "4", "--python", "no-such-python"];
  const { status, stdout, stderr } = runBench(...wanted, ...few);
  assert.equal(status, 0, stderr);
  const [row, ...others] = JSON.parse(stdout) as WholeRow[];
  assert.ok(row && others.length === 0);
  const { engineMs, libraryMs, localMs, natsMs, ...rest } = row;
  assert.deepEqual(rest, { preset: "original-dnc-repeat-copy", sequences: 4, jaxMs: null, torchMs: null });
  for (const ms of [engineMs, libraryMs, localMs]) assert.ok(ms! > 0, stdout);
  for (const peer of ["jax", "torch-eager"])
    assert.match(stderr, new RegExp(`${peer} is left out of original-dnc-repeat-copy: `));
  if (programOnPath("nats-server", process.env.PATH)) assert.ok(natsMs! > 0, stdout);
  else assert.equal(natsMs, null);
});

test("npm run bench ends with 2 for what cannot be used, and with one clear line", () => {
  const { status, stdout, stderr } = runBench("--preset", "lstm");
  assert.equal(status, 2, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^[^\n]*original-ntm-copy[^\n]*\n$/);
});
