/**
 * Two processes with the same job: one is stopped, another takes its place, and the first wakes while the second works.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { exitStatus } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { bitsOf, Cluster, slowSettings } from "./cluster.testing.ts";

const steps = 40;
const run = "mine";
const nats = { skip: skipWithout("nats-server") };

/** Checks what every run must have here: the bits of one process without faults, and each step and evaluation once. */
async function assertWhole(cluster: Cluster): Promise<void> {
  assert.equal(await cluster.sha256(run), await bitsOf({ ...slowSettings, steps }));
  const lines = await cluster.metrics(run);
  const stepsOf = (kind: string) => lines.filter((line) => line.kind === kind).map(({ step }) => step);
  const every = (count: number) => Array.from({ length: steps / count }, (_, index) => count * (index + 1));
  assert.deepEqual(stepsOf("step"), every(1));
  assert.deepEqual(stepsOf("checkpoint"), [0, ...every(4)]);
  assert.deepEqual(stepsOf("evaluation"), every(4));
}

test("a coordinator that sleeps while another takes its run is fenced when it wakes", nats, async () => {
  await using cluster = await Cluster.start("nats-server");
  for (const role of ["evaluator", "data-env", "trainer", "trainer"] as const) cluster.spawn(role);
  const begins = cluster.stepsOf(run);
  const first = cluster.coordinate(run, `--steps=${steps}`);
  // Stop it in the middle of a step, so that results arrive while it sleeps.
  await begins(1, 10);
  first.kill("SIGSTOP");
  const second = cluster.coordinate(run, `--steps=${steps}`);
  await begins(2, 14);
  // It holds results for its own step 10, and may send whatever it likes.
  first.kill("SIGCONT");
  assert.equal(await cluster.exit(first), exitStatus.fenced, cluster.told());
  assert.equal(await cluster.exit(second), 0, cluster.told());
  await assertWhole(cluster);
  const opened = (await cluster.metrics(run)).filter(({ event }) => event === "opened");
  assert.deepEqual(
    opened.map(({ epoch }) => epoch),
    [1, 2],
  );
});

test(
  "an evaluator that sleeps in the middle of a snapshot while another takes its folder is fenced",
  nats,
  async () => {
    await using cluster = await Cluster.start("nats-server");
    const first = cluster.spawn("evaluator");
    for (const role of ["data-env", "trainer", "trainer"] as const) cluster.spawn(role);
    // This process receives the request when the evaluator does, so the evaluator is stopped while it pulls, writes or
    // syncs.
    const snapshots = new Set<number>();
    let stopAt = 8;
    cluster.messenger.hear(messages.snapshot, subjects.evaluator.snapshot, ({ step }) => {
      snapshots.add(step);
      if (step < stopAt) return;
      stopAt = Number.POSITIVE_INFINITY;
      first.kill("SIGSTOP");
      cluster.spawn("evaluator");
    });
    const begins = cluster.stepsOf(run);
    const coordinator = cluster.coordinate(run, `--steps=${steps}`);
    // Two snapshots after the one that was under way, so that the second evaluator is storing the run.
    await begins(1, 19);
    first.kill("SIGCONT");
    assert.equal(await cluster.exit(first), exitStatus.fenced, cluster.told());
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.ok(snapshots.has(8));
    await assertWhole(cluster);
  },
);
