import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memnetCommand, type Started, typedCommand } from "./shell.ts";

const node = (...args: string[]): Started => ({
  env: { PATH: "" },
  argv: ["/usr/bin/node", "/a folder/bin/memnet.js", ...args],
  folder: "/a folder",
});

test("memnetCommand() starts the program as this process was started", (context) => {
  const started = node();
  assert.equal(memnetCommand(["runs"], started), "node bin/memnet.js runs");
  assert.equal(
    memnetCommand(["runs"], { ...started, folder: "/else" }),
    "node '/a folder/bin/memnet.js' runs",
  );
  const npm = { npm_lifecycle_event: "start", npm_command: "run-script" };
  assert.equal(memnetCommand(["runs"], { ...started, env: npm }), "npm start -- runs");
  assert.equal(memnetCommand([], { ...started, env: npm }), "npm start");
  assert.equal(memnetCommand(["runs"], { ...started, env: { npm_command: "exec" } }), "npx memnet runs");

  const folder = mkdtempSync(join(tmpdir(), "memnet-shell-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const installed = join(folder, "memnet");
  writeFileSync(installed, "");
  chmodSync(installed, 0o755);
  const argv = ["/usr/bin/node", installed];
  assert.equal(memnetCommand(["runs"], { ...started, argv, env: { PATH: folder } }), "memnet runs");
  assert.equal(
    memnetCommand(["runs"], { argv, env: { PATH: "" }, folder: "/else" }),
    `node ${installed} runs`,
  );
});

test("typedCommand() is the command line as typed, with more arguments at its end", () => {
  const typed = node("--until", "wrongBits<0.1", "--runs-dir", "my runs");
  const line = "node bin/memnet.js --until 'wrongBits<0.1' --runs-dir 'my runs' --run x";
  assert.equal(typedCommand(["--run", "x"], [], typed), line);
});

test("typedCommand() leaves out a flag in both ways of writing it", () => {
  for (const seeds of [["--seeds", "1..3"], ["--seeds=1..3"]]) {
    const typed = node("train", ...seeds, "--steps", "5");
    assert.equal(
      typedCommand(["--run", "x", "--seed", "2"], ["--seeds"], typed),
      "node bin/memnet.js train --steps 5 --run x --seed 2",
    );
  }
});
