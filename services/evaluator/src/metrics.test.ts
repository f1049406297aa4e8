import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationLine } from "@memnet/runs";
import { createMetrics } from "@memnet/service";
import { counted } from "@memnet/service/testing";
import { evaluatorMetrics } from "./metrics.ts";

function made() {
  const metrics = createMetrics({ service: "evaluator", processMetrics: false });
  return { metrics, figures: evaluatorMetrics(metrics) };
}

test("evaluatorMetrics() counts unknown labels as other, since labels come from the network", async () => {
  const { metrics, figures } = made();
  figures.event("lost");
  figures.event("made up");
  figures.event("made up too");
  figures.diskError("ENOSPC");
  figures.diskError("EWHATEVER");
  assert.equal(await counted(metrics, "memnet_run_events_total", { event: "lost" }), 1);
  assert.equal(await counted(metrics, "memnet_run_events_total", { event: "other" }), 2);
  assert.equal(await counted(metrics, "memnet_disk_errors_total", { code: "ENOSPC" }), 1);
  assert.equal(await counted(metrics, "memnet_disk_errors_total", { code: "other" }), 1);
  assert.doesNotMatch(await metrics.registry.metrics(), /made up/);
});

test("evaluatorMetrics() keeps a run's figures until the run is forgotten", async () => {
  const { metrics, figures } = made();
  const line: EvaluationLine = {
    kind: "evaluation",
    step: 4,
    split: "validation",
    loss: 2,
    lossBits: 3,
    wrongBits: 0.5,
    exact: null,
    sequences: 16,
  };
  figures.figures("mine", line);
  figures.best("mine", { step: 4, wrongBits: 0.5 });
  figures.opened("mine");
  figures.written("mine", 1000);
  figures.written("other", 10);
  const text = await metrics.registry.metrics();
  assert.match(text, /memnet_run_under_way\{run="mine",service="evaluator"\} 1/);
  assert.match(text, /memnet_best_step\{run="mine",service="evaluator"\} 4/);
  assert.match(text, /memnet_best_bit_errors\{run="mine",service="evaluator"\} 0.5/);
  assert.match(text, /memnet_bit_errors\{run="mine",split="validation",service="evaluator"\} 0.5/);
  assert.match(
    text,
    /memnet_exact_sequences_ratio\{run="mine",split="validation",service="evaluator"\} NaN/i,
  );
  await figures.forget("mine");
  const after = await metrics.registry.metrics();
  assert.doesNotMatch(after, /run="mine"/);
  assert.match(after, /memnet_checkpoint_size_bytes\{run="other",service="evaluator"\} 10/);
  assert.equal(await counted(metrics, "memnet_checkpoint_bytes_total"), 1010);
});
