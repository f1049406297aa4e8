/** Garbage and oversized messages on every subject are counted and dropped, and the bits stay the same. */

import assert from "node:assert/strict";
import test from "node:test";
import { encode, messages, Packet, subjects } from "@memnet/protocol";
import { skipNetwork } from "@memnet/service/testing";
import { Draws } from "memnet";
import { Cluster } from "./cluster.testing.ts";

/** Long enough for the garbage to arrive during training. */
const longRun = ["--steps=40", "--eval-every=20"];
const zeros = "0".repeat(64);

/** Yields bytes that are no message, truncated messages, and well-formed ones of the wrong kind, epoch or run. */
function* nonsense(draws: Draws, run: string): Generator<Uint8Array> {
  yield new Uint8Array(0);
  for (const size of [1, 3, 4, 64, 900_000])
    yield Uint8Array.from({ length: size }, () => draws.next() & 255);
  const fields = { run, epoch: 999, trainingHash: zeros, trainer: "stranger", secret: "0".repeat(32) };
  const whole = encode(messages.goodbye, { ...fields, unable: null });
  yield whole;
  yield whole.subarray(0, whole.length - 3);
  yield encode(messages.heartbeat, { ...fields, machine: "x", step: 1, nodes: [[0, 4]] });
  yield encode(messages.askStatus, {}, new Uint8Array(500_000));
}

for (const kind of ["socket", "nats-server"] as const) {
  test(`garbage on every subject changes nothing but a count (${kind})`, {
    skip: skipNetwork(kind),
  }, async () => {
    await using cluster = await Cluster.start(kind);
    cluster.spawn("evaluator");
    cluster.spawn("data-env");
    cluster.spawn("trainer");
    assert.equal(await cluster.exit(cluster.coordinate("quiet", ...longRun)), 0, cluster.told());

    const run = "noisy";
    const begins = cluster.stepsOf(run);
    const coordinator = cluster.coordinate(run, ...longRun);
    await begins(1, 2);
    const { coordinator: holder } = await cluster.until((seen) => seen.run === run);
    const { bus } = cluster.messenger;
    const everywhere = [
      subjects.hello,
      subjects.announce,
      subjects.status,
      subjects.batch,
      ...Object.values(subjects.evaluator),
      ...Object.values(subjects.run(run)),
      subjects.holder(holder),
      subjects.pull("coordinator", holder),
    ];
    const draws = new Draws(11, 1, 0, 0);
    for (const subject of everywhere) {
      for (const packet of [...nonsense(draws, run)].map(Packet.received)) {
        bus.publish(subject, packet);
        // Also send it as a request: an actor must refuse it, and neither stay silent nor crash.
        await bus.request(subject, packet, 20).catch(() => {});
      }
    }
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.equal(await cluster.sha256(run), await cluster.sha256("quiet"));
    for (const role of ["coordinator", "trainer", "data-env", "evaluator"]) {
      assert.ok(cluster.said(new RegExp(`^${role} .*Dropped a message`, "s")), `${role} has counted it`);
    }
  });
}
