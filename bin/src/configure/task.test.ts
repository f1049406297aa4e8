import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memnetPath } from "../program.ts";

// Runs the program itself, which decides how TypeScript is loaded; the test process uses another loader.
test("a task file may be in a folder that is not an ES module package", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-task-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "mine.ts");
  writeFileSync(
    file,
    `export const task = {
      name: "mine", settings: { length: 2 }, beyond: {}, input: () => 1, output: () => 1,
      sequence: () => ({ times: 2, x: new Float32Array(2), y: new Float32Array(2), mask: new Float32Array([0, 1]) }),
    };`,
  );
  const text = execFileSync(process.execPath, [memnetPath, "tasks", file, "--episodes", "1"]);
  assert.match(text.toString(), /^mine: length 2\n/);
});
