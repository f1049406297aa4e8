import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { cpuSeconds, startOf } from "./proc.ts";

const skip = !existsSync("/proc/self/stat");

test("cpuSeconds() is what the process reports, and startOf() never changes", { skip }, () => {
  const started = startOf(process.pid);
  assert.match(started!, /^\d+$/);
  const before = cpuSeconds(process.pid)!;
  const begun = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  while (spent() < 0.2);
  // The kernel counts user and system time separately, in hundredths of a second.
  assert.ok(Math.abs(cpuSeconds(process.pid)! - before - spent()) < 0.04);
  assert.equal(startOf(process.pid), started);
});

test("cpuSeconds() and startOf() are null for a process that is gone", () => {
  const { pid } = spawnSync("true");
  assert.deepEqual([cpuSeconds(pid), startOf(pid)], [null, null]);
});
