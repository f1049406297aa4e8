import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "@memnet/service";
import { counted } from "@memnet/service/testing";
import { presetConfig } from "memnet";
import { coordinatorMetrics } from "./metrics.ts";

const phases = { send: 0.001, wait: 0.01, firstResult: 0.005, add: 0.002, update: 0.003 };

function made() {
  const metrics = createMetrics({ service: "coordinator", processMetrics: false });
  const config = presetConfig("original-ntm-copy", { engine: "wasm" });
  return { metrics, figures: coordinatorMetrics(metrics, "mine", config), config };
}

test("coordinatorMetrics() counts steps by outcome", async () => {
  const { metrics, figures, config } = made();
  const { clip, sequencesPerStep } = config.training;
  figures.taken({ step: 1, loss: 3, gradientNorm: clip.norm }, 0.02, phases);
  figures.taken({ step: 2, loss: 2, gradientNorm: clip.norm + 1 }, 0.02, phases);
  figures.taken({ step: 3, loss: null, gradientNorm: null }, 0.02, phases);
  const run = { run: "mine" };
  for (const [name, value] of [
    ["steps_total", 3],
    ["clipped_steps_total", 1],
    ["non_finite_steps_total", 1],
    ["sequences_total", 3 * sequencesPerStep],
    ["step", 3],
  ] as const) {
    assert.equal(await counted(metrics, `memnet_${name}`, run), value, name);
  }
  assert.equal(await counted(metrics, "memnet_loss_nats", { ...run, split: "training" }), 2);
});

test("coordinatorMetrics() splits trainers into computing and idle", async () => {
  const { metrics, figures } = made();
  figures.present([{ nodes: ["0-2"] }, { nodes: [] }, { nodes: ["2-4"] }]);
  assert.equal(await counted(metrics, "memnet_trainers", { state: "computing" }), 2);
  assert.equal(await counted(metrics, "memnet_trainers", { state: "idle" }), 1);
});

test("coordinatorMetrics() starts its counters at 0 with all their labels, each with the run's name", async () => {
  const { metrics } = made();
  const text = await metrics.registry.metrics();
  assert.match(text, /memnet_reissues_total\{run="mine",reason="deadline",service="coordinator"\} 0/);
  assert.match(text, /memnet_mismatches_total\{run="mine",service="coordinator"\} 0/);
  for (const line of text.split("\n").filter((one) => one.startsWith("memnet_"))) {
    assert.match(line, /run="mine"/);
  }
});
