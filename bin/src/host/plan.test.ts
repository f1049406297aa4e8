import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { presetConfig } from "memnet";
import { type HostPlan, readHubPlan, readPlan, writeHubPlan, writePlan } from "./plan.ts";

test("readPlan() reads what writePlan() wrote, and no parameters of an earlier plan", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-plan-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const plan: HostPlan = {
    run: "mine",
    config: presetConfig("original-ntm-copy", { engine: "wasm" }),
    initial: Float32Array.of(1.5, -0, 3e-40),
    ...{ runsDir: "/runs", port: null, metricsPort: 0, socket: "/tmp/socket" },
    joins: false,
    series: { seed: 3, at: 1, of: 2 },
    program: "npx memnet",
  };
  assert.deepEqual(readPlan(writePlan(folder, plan)), plan);
  const next = { ...plan, initial: null, series: null };
  assert.deepEqual(readPlan(writePlan(folder, next)), next);
});

test("readHubPlan() reads what writeHubPlan() wrote", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-plan-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const plan = { runsDir: "/runs", port: 0, metricsPort: null, socket: null, program: "memnet" };
  assert.deepEqual(readHubPlan(writeHubPlan(folder, plan)), plan);
});
