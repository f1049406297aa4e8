import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "./metrics.ts";

test("createMetrics() creates each metric once per name", async () => {
  const metrics = createMetrics({ service: "trainer", processMetrics: false });
  metrics.counter("nodes_total", "Nodes done", ["kind"]).inc({ kind: "leaf" });
  metrics.counter("nodes_total", "Nodes done", ["kind"]).inc({ kind: "leaf" }, 2);
  metrics.gauge("step", "Step").set(7);
  metrics.histogram("step_seconds", "A step").observe(0.003);
  const text = await metrics.registry.metrics();
  assert.match(text, /memnet_nodes_total\{kind="leaf",service="trainer"\} 3/);
  assert.match(text, /memnet_step\{service="trainer"\} 7/);
  assert.match(text, /memnet_step_seconds_bucket\{le="0.002",service="trainer"\} 0/);
  assert.match(text, /memnet_step_seconds_bucket\{le="0.004",service="trainer"\} 1/);
  assert.match(text, /memnet_step_seconds_bucket\{le="16.384",service="trainer"\} 1/);
});

test("forget() removes every series with the label's value, and no other", async () => {
  const metrics = createMetrics({ service: "trainer", processMetrics: false });
  const step = metrics.gauge("step", "Step", ["run"]);
  const nodes = metrics.counter("nodes_total", "Nodes done", ["run", "result"]);
  const seconds = metrics.histogram("step_seconds", "A step", ["run"]);
  metrics.counter("others_total", "Of no run").inc();
  for (const run of ["one", "two"]) {
    step.set({ run }, 7);
    nodes.inc({ run, result: "accepted" });
    seconds.observe({ run }, 0.003);
  }
  await metrics.forget("run", "one");
  const text = await metrics.registry.metrics();
  assert.doesNotMatch(text, /run="one"/);
  for (const name of ["step", "nodes_total", "step_seconds_count"]) {
    assert.match(text, new RegExp(`memnet_${name}\\{.*run="two"`));
  }
  assert.match(text, /memnet_others_total\{service="trainer"\} 1/);
});

test("measured() is read at each scrape, by the last reader", async () => {
  const metrics = createMetrics({ service: "trainer", processMetrics: false });
  let waiting = 1;
  metrics.measured("waiting", "What waits", () => -1);
  metrics.measured("waiting", "What waits", () => waiting);
  waiting = 3;
  assert.match(await metrics.registry.metrics(), /memnet_waiting\{service="trainer"\} 3/);
});

test("createMetrics() rejects one name for two kinds", () => {
  const metrics = createMetrics({ service: "trainer", processMetrics: false });
  metrics.gauge("step", "Step");
  assert.throws(() => metrics.counter("step", "Step"), RangeError);
});

test("createMetrics() creates registries that share nothing", async () => {
  const [one, two] = [createMetrics({ service: "one" }), createMetrics({ service: "two" })];
  one.gauge("step", "Step").set(1);
  assert.equal(two.registry.getSingleMetric("memnet_step"), undefined);
  assert.match(await one.registry.metrics(), /memnet_process_cpu_seconds_total\{service="one"\}/);
});

test("createMetrics() uses the suffix _total only for counters", async () => {
  const text = await createMetrics({ service: "trainer" }).registry.metrics();
  const totals = [...text.matchAll(/^# TYPE (\S+_total) (\S+)$/gm)].map(
    ([, name, kind]) => `${name} ${kind}`,
  );
  assert.ok(totals.includes("memnet_process_cpu_seconds_total counter"));
  assert.deepEqual(
    totals.filter((total) => !total.endsWith(" counter")),
    [],
  );
  assert.match(text, /^memnet_nodejs_active_handles\{/m);
});
