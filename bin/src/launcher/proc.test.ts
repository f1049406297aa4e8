import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { cpuSeconds, startOf } from "./proc.ts";

const skip = !existsSync("/proc/self/stat");

test("cpuSeconds() is what the process says of itself, and startOf() stays", { skip }, () => {
  const started = startOf(process.pid);
  assert.match(started!, /^\d+$/);
  const before = cpuSeconds(process.pid)!;
  const begun = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1e6;
  };
  while (spent() < 0.2);
  // The kernel counts in hundredths, user and system time apart.
  assert.ok(Math.abs(cpuSeconds(process.pid)! - before - spent()) < 0.04);
  assert.equal(startOf(process.pid), started);
});

test("cpuSeconds() and startOf() know nothing of a process that is gone", () => {
  const { pid } = spawnSync("true");
  assert.deepEqual([cpuSeconds(pid), startOf(pid)], [null, null]);
});
