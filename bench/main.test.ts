import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

test("npm run bench -- --json prints an array of rows and nothing else", () => {
  const wanted = ["--json", "--preset", "dnc-repeat-copy", "--engine", "wasm", "--iterations", "3"];
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "bench", "--", ...wanted], {
    cwd: root,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const rows = JSON.parse(stdout) as Record<string, unknown>[];
  assert.equal(rows.length, 1);
  const { millisecondsMedian, ...rest } = rows[0]!;
  assert.deepEqual(rest, { engine: "wasm", preset: "dnc-repeat-copy", sequences: 16, times: 9, threads: 1 });
  assert.ok((millisecondsMedian as number) > 0);
});

test("the bench refuses what it does not know with code 2, and names what it knows", () => {
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
    [["--fast"], "--fast"],
  ] as const) {
    const { status, stderr } = bench(...wanted);
    assert.equal(status, 2, stderr);
    assert.ok(stderr.includes(said), stderr);
  }
});
