/** A trainer that computes wrongly is found, and the run ends with the bits that it would have without that trainer. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { skipNetwork } from "@memnet/service/testing";
import { bitsOf, Cluster, slowSettings } from "./cluster.testing.ts";

test("a lying trainer is quarantined, and the parameters are those of a run without it", {
  skip: skipNetwork("nats-server"),
}, async () => {
  await using cluster = await Cluster.start("nats-server");
  cluster.spawn("evaluator");
  cluster.spawn("data-env");
  const liar = cluster.program("liar", new URL("./liar.testing.ts", import.meta.url), {
    MEMNET_MACHINE: "bad",
  });
  const sha256 = await bitsOf(slowSettings);
  let found = /Event: quarantined/;
  // With a share of the steps the liar is found later, and the run goes back. It is alone at first, so that it takes
  // part; since it always lies, it is found at the last step at the latest, which is always audited.
  for (const [run, share] of [
    ["all", 1],
    ["some", 0.3],
  ] as const) {
    await cluster.idleTrainers(1);
    const coordinator = cluster.coordinate(run, `--audit=${share}`);
    await cluster.says(found);
    found = new RegExp(`${found.source}[^]*${found.source}`);
    const honest = [cluster.spawn("trainer"), cluster.spawn("trainer")];
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    for (const trainer of honest) trainer.kill("SIGKILL");
    assert.equal(await cluster.sha256(run), sha256, run);
    const lines = await cluster.metrics(run);
    const quarantined = lines.filter(({ event }) => event === "quarantined");
    assert.deepEqual(
      quarantined.map(({ role, machine }) => ({ role, machine })),
      [{ role: "trainer", machine: "bad" }],
      cluster.told(),
    );
    const doubts = JSON.parse(await readFile(join(cluster.runsDir, run, "doubts.json"), "utf8"));
    assert.match(doubts.excluded[0].why, /trainer .* on bad gave another gradient than/);
    assert.equal(doubts.before, null, "the run has gone back");
  }
  assert.equal(liar.exitCode, null, "it was refused, and serves other runs");
  const steps = (await cluster.metrics("all")).filter(({ kind }) => kind === "step");
  assert.ok(steps.every(({ audited }) => audited === true));
});
