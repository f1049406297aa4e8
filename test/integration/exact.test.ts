/** The strongest test: the same bits, whatever is killed, however many trainers. */

import assert from "node:assert/strict";
import test from "node:test";
import { BROKER_KINDS, skipBroker } from "@memnet/service/testing";
import { Cluster } from "./cluster.testing.ts";

for (const kind of BROKER_KINDS) {
  test(`the parameters are the same with 1, 2 and 3 trainers, and after any role is killed (${kind})`, {
    skip: skipBroker(kind),
  }, async () => {
    await using cluster = await Cluster.start(kind);
    cluster.spawn("evaluator");
    const dataEnv = cluster.spawn("data-env");
    const trainers = [cluster.spawn("trainer")];
    const quiet = cluster.coordinate("one");
    assert.equal(await cluster.exit(quiet), 0, cluster.told());
    const expected = await cluster.sha256("one");
    assert.match(expected, /^[0-9a-f]{64}$/);

    for (const run of ["two", "three"]) {
      trainers.push(cluster.spawn("trainer"));
      const coordinator = cluster.coordinate(run);
      await cluster.until((seen) => seen.run === run && seen.trainers === trainers.length);
      assert.equal(await cluster.exit(coordinator), 0, cluster.told());
      assert.equal(await cluster.sha256(run), expected, `with ${trainers.length} trainers`);
    }
    dataEnv.kill("SIGKILL");
  });

  test(`the parameters are the same after each role is killed and started again (${kind})`, {
    skip: skipBroker(kind),
  }, async () => {
    await using cluster = await Cluster.start(kind);
    let evaluator = cluster.spawn("evaluator");
    let dataEnv = cluster.spawn("data-env");
    let trainer = cluster.spawn("trainer");
    assert.equal(await cluster.exit(cluster.coordinate("quiet")), 0, cluster.told());

    let coordinator = cluster.coordinate("killed");
    const reaches = (step: number, epoch: number) =>
      cluster.until((seen) => seen.run === "killed" && seen.epoch === epoch && seen.step >= step);
    await reaches(2, 1);
    trainer.kill("SIGKILL");
    dataEnv.kill("SIGKILL");
    trainer = cluster.spawn("trainer");
    dataEnv = cluster.spawn("data-env");
    await reaches(5, 1);
    coordinator.kill("SIGKILL");
    coordinator = cluster.coordinate("killed");
    await reaches(6, 2);
    evaluator.kill("SIGKILL");
    evaluator = cluster.spawn("evaluator");
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.equal(await cluster.sha256("killed"), await cluster.sha256("quiet"));

    const lines = await cluster.metrics("killed");
    const steps = lines.filter(({ kind }) => kind === "step").map(({ step }) => step);
    assert.deepEqual(
      steps,
      Array.from({ length: 12 }, (_, index) => index + 1),
      "each step once",
    );
    const measured = lines.filter(({ kind }) => kind === "evaluation").map(({ step }) => step);
    assert.deepEqual(measured, [4, 8, 12]);
  });
}
