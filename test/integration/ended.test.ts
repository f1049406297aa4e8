/** A run that has ended, opened once more. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { Cluster } from "./cluster.testing.ts";

const skip = skipWithout("nats-server");

test("an ended run keeps its state and its end when a coordinator opens it again for no further step", {
  skip,
}, async () => {
  await using cluster = await Cluster.start("nats-server");
  cluster.spawn("evaluator");
  const trainer = cluster.spawn("trainer");
  await cluster.idleTrainers(1);
  for (const [run, ...until] of [["steps"], ["goal", "--until=wrongBits<1000"]] as const) {
    assert.equal(await cluster.exit(cluster.coordinate(run, ...until)), 0, cluster.told());
  }
  trainer.kill("SIGTERM");
  await cluster.exit(trainer);
  for (const [run, ...until] of [["steps"], ["goal", "--until=wrongBits<1000"]] as const) {
    const path = join(cluster.runsDir, run, "state");
    const before = await readFile(path, "utf8");
    const sha256 = await cluster.sha256(run);
    const again = cluster.coordinate(run, ...until);
    const first = await cluster.until((one) => one.run === run && one.epoch > JSON.parse(before).epoch);
    assert.equal(first.state, "ended", `${run} is never announced as anything else`);
    // Nobody is there to train: it needs no trainer.
    assert.equal(await cluster.exit(again), 0, cluster.told());
    assert.deepEqual([await readFile(path, "utf8"), await cluster.sha256(run)], [before, sha256]);
  }
});
