import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryLimit, processorQuota } from "./limits.ts";

/** Simulated kernel files. */
const files = (texts: Record<string, string>) => (path: string) => texts[path] ?? null;

test("processorQuota() reads both versions of control groups", () => {
  assert.equal(processorQuota(files({ "/sys/fs/cgroup/cpu.max": "150000 100000" })), 1.5);
  assert.equal(processorQuota(files({ "/sys/fs/cgroup/cpu.max": "max 100000" })), null);
  const old = "/sys/fs/cgroup/cpu/cpu.cfs";
  assert.equal(processorQuota(files({ [`${old}_quota_us`]: "50000", [`${old}_period_us`]: "100000" })), 0.5);
  assert.equal(processorQuota(files({ [`${old}_quota_us`]: "-1", [`${old}_period_us`]: "100000" })), null);
  assert.equal(processorQuota(files({})), null);
});

test("memoryLimit() is the control group's limit, if that is less than the machine's memory", () => {
  const group = { "/sys/fs/cgroup/memory.max": "1000", "/sys/fs/cgroup/memory.current": "400" };
  assert.deepEqual(memoryLimit(2000, files(group)), { bytes: 1000, usedBytes: 400 });
  assert.equal(memoryLimit(1000, files(group)), null);
  assert.equal(memoryLimit(2000, files({ "/sys/fs/cgroup/memory.max": "max" })), null);
  const old = "/sys/fs/cgroup/memory/memory";
  const versionOne = { [`${old}.limit_in_bytes`]: "500", [`${old}.usage_in_bytes`]: "100" };
  assert.deepEqual(memoryLimit(2000, files(versionOne)), { bytes: 500, usedBytes: 100 });
  assert.equal(memoryLimit(2000, files({ [`${old}.limit_in_bytes`]: "9223372036854771712" })), null);
});
