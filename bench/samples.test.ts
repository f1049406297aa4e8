import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "@memnet/service";
import { parseSamples, total } from "./samples.ts";

test("parseSamples() and total() give a histogram's sums and counts from a service's page", async () => {
  const metrics = createMetrics({ service: "trainer" });
  const waits = metrics.histogram("wait_seconds", "Waits", ["for"]);
  for (const seconds of [0.25, 0.5]) waits.observe({ for: "batches" }, seconds);
  waits.observe({ for: "parameters" }, 4);
  const samples = parseSamples(await metrics.registry.metrics());
  assert.equal(total(samples, "memnet_wait_seconds_sum", { for: "batches" }), 0.75);
  assert.equal(total(samples, "memnet_wait_seconds_count", { for: "batches", service: "trainer" }), 2);
  assert.equal(total(samples, "memnet_wait_seconds_sum"), 4.75);
  assert.equal(total(samples, "memnet_wait_seconds_sum", { for: "nothing" }), 0);
  assert.equal(total(samples, "memnet_wait_seconds_bucket", { for: "batches", le: "0.256" }), 1);
  assert.equal(total(samples, "memnet_wait_seconds_bucket", { for: "batches", le: "+Inf" }), 2);
});

test("parseSamples() reads every character that labels and values may contain", () => {
  const page = '# HELP a b\na{x="{1} \\"2\\"\\\\ \\n,",y=""} -1.5e-3\nb NaN\nc +Inf\n\n';
  assert.deepEqual(parseSamples(page), [
    { name: "a", labels: { x: '{1} "2"\\ \n,', y: "" }, value: -0.0015 },
    { name: "b", labels: {}, value: Number.NaN },
    { name: "c", labels: {}, value: Number.POSITIVE_INFINITY },
  ]);
});

test("parseSamples() refuses a page in another format", () => {
  for (const page of ["<html>", "a", "a{x=1}", "a one"]) {
    assert.throws(() => parseSamples(page), RangeError, page);
  }
});
