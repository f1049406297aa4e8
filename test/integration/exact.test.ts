/**
 * The strongest test: the result has the same bits, whichever processes are killed and however many trainers there are.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { skipNetwork } from "@memnet/service/testing";
import { type TrainSettings, train, withSetting } from "memnet";
import { bitsOf, Cluster, flagsOf, slowSettings, smallSettings } from "./cluster.testing.ts";

/** Slow enough for all trainers to join long before the end. */
const slowRun = ["--steps=60", "--eval-every=60"];
/** Its stages begin within the batches that trainers request ahead of time. */
const curriculum: TrainSettings["curriculum"] & object = [
  { from: 16, task: { length: [20, 30] } },
  { from: 40, task: { repeats: [8, 8] } },
];

for (const kind of ["socket", "nats-server"] as const) {
  test(`the parameters are the same with 1, 2 and 3 trainers, and in one process (${kind})`, {
    skip: skipNetwork(kind),
  }, async () => {
    await using cluster = await Cluster.start(kind);
    cluster.spawn("evaluator");
    cluster.spawn("data-env");
    const settings = { ...slowSettings, steps: 60, evaluateEvery: 60, curriculum };
    const sha256 = await bitsOf(settings);
    const staged = [`--set=curriculum=${JSON.stringify(curriculum)}`];
    for (const [index, run] of ["one", "two", "three"].entries()) {
      cluster.spawn("trainer");
      await cluster.idleTrainers(index + 1);
      assert.equal(await cluster.exit(cluster.coordinate(run, ...slowRun, ...staged)), 0, cluster.told());
      assert.equal(await cluster.sha256(run), sha256, run);
      const joined = (await cluster.metrics(run)).filter(({ event }) => event === "joined");
      assert.equal(joined.length, index + 1, cluster.told());
    }
  });

  test(`the parameters are the same after each role is killed and restarted (${kind})`, {
    skip: skipNetwork(kind),
  }, async () => {
    await using cluster = await Cluster.start(kind);
    let evaluator = cluster.spawn("evaluator");
    let dataEnv = cluster.spawn("data-env");
    let trainer = cluster.spawn("trainer");
    assert.equal(await cluster.exit(cluster.coordinate("quiet")), 0, cluster.told());

    const begins = cluster.stepsOf("killed");
    let coordinator = cluster.coordinate("killed");
    await begins(1, 3);
    trainer.kill("SIGKILL");
    dataEnv.kill("SIGKILL");
    trainer = cluster.spawn("trainer");
    dataEnv = cluster.spawn("data-env");
    await begins(1, 6);
    assert.equal(coordinator.exitCode, null, "still under way");
    coordinator.kill("SIGKILL");
    coordinator = cluster.coordinate("killed");
    await begins(2, 7);
    assert.equal(coordinator.exitCode, null, "still under way");
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

test("the parameters of every kind of model are the same with 1 and 3 trainers, and in one process", async () => {
  const models = {
    feedforward: ["model=ntm", "controller.kind=feedforward"],
    variants: ["memory.masked=true", "memory.deallocate=true", "memory.sharpen=true"],
    lstm: ["model=lstm"],
  };
  await using cluster = await Cluster.start("socket");
  cluster.spawn("evaluator");
  cluster.spawn("data-env");
  const own = { ...smallSettings, steps: 200, evaluateEvery: 200, beyondEvery: 1000 };
  const wanted = new Map<string, string>();
  for (const [name, assignments] of Object.entries(models)) {
    wanted.set(name, await bitsOf(assignments.reduce(withSetting, own)));
  }
  for (const trainers of [1, 3]) {
    for (let more = trainers === 1 ? 1 : 2; more > 0; more--) cluster.spawn("trainer");
    await cluster.idleTrainers(trainers);
    for (const [name, assignments] of Object.entries(models)) {
      const run = `${name}-${trainers}`;
      const flags = [...flagsOf(own), ...assignments.map((assignment) => `--set=${assignment}`)];
      assert.equal(await cluster.exit(cluster.coordinate(run, ...flags)), 0, cluster.told());
      assert.equal(await cluster.sha256(run), wanted.get(name), run);
      // A coordinator that exits says so first; its trainers would wait ten seconds for it otherwise.
      await cluster.until((said) => said.run === run && said.state === "ended");
      const joined = (await cluster.metrics(run)).filter(({ event }) => event === "joined");
      assert.equal(joined.length, trainers, cluster.told());
    }
  }
});

test("parameters and gradients too large to push are pulled, and give the same bits", async () => {
  const large = { ...slowSettings, controller: { hidden: 200 }, steps: 2 };
  await using cluster = await Cluster.start("socket");
  cluster.spawn("evaluator");
  cluster.spawn("trainer");
  const coordinator = cluster.coordinate("large", "--set=controller.hidden=200", "--steps=2");
  assert.equal(await cluster.exit(coordinator), 0, cluster.told());
  const trained = await train({ settings: large, engine: large.engine });
  assert.ok(trained.learner.parameters.byteLength > 512 * 1024);
  assert.equal(await cluster.sha256("large"), trained.sha256);
});

for (const [what, trainers, settings] of [
  ["16 trainers add up branches, of gradients that are pushed", 16, { microBatch: 1, steps: 20 }],
  ["3 trainers add up branches, of gradients that are pulled", 3, { controller: { hidden: 200 }, steps: 4 }],
] as const) {
  test(`${what}, and give the same bits`, { skip: skipNetwork("nats-server") }, async () => {
    const sha256 = await bitsOf({ ...slowSettings, ...settings });
    await using cluster = await Cluster.start("nats-server");
    cluster.spawn("evaluator");
    cluster.spawn("data-env");
    for (let trainer = 0; trainer < trainers; trainer++) cluster.spawn("trainer");
    await cluster.idleTrainers(trainers);
    let sums = 0;
    cluster.messenger.hear(messages.sum, subjects.run("branched").sum, () => {
      sums++;
    });
    // On a busy machine a step may be without some of the trainers.
    const coordinator = cluster.coordinate("branched", ...flagsOf(settings), "--set=branchesFrom=2");
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.equal(await cluster.sha256("branched"), sha256);
    assert.ok(sums > 0, cluster.told());
  });
}
