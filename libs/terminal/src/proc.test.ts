import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { startOf } from "./proc.ts";

const skip = !existsSync("/proc/self/stat");

test("startOf() never changes", { skip }, () => {
  const started = startOf(process.pid);
  assert.match(started!, /^\d+$/);
  assert.equal(startOf(process.pid), started);
});

test("startOf() is null for a process that is gone", () => {
  const { pid } = spawnSync("true");
  assert.equal(startOf(pid), null);
});
