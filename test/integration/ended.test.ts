/** A run that has ended, opened again. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { skipWithout } from "@memnet/service/testing";
import { Cluster, flagsOf, slowSettings } from "./cluster.testing.ts";

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
    // No trainer is connected: the run needs none.
    assert.equal(await cluster.exit(again), 0, cluster.told());
    assert.deepEqual([await readFile(path, "utf8"), await cluster.sha256(run)], [before, sha256]);
  }
});

test("with --exit-at-end, a coordinator's exit code tells a run that was stopped from one that has ended", {
  skip,
}, async () => {
  await using cluster = await Cluster.start("nats-server");
  const waiting = cluster.coordinate("one");
  await cluster.says(/Waiting for the evaluator/);
  waiting.kill("SIGTERM");
  assert.equal(await cluster.exit(waiting), 4, "stopped before it had its run");
  cluster.spawn("evaluator");
  cluster.spawn("trainer");
  await cluster.idleTrainers(1);
  for (const stop of ["SIGTERM", "memnet stop"]) {
    const coordinator = cluster.coordinate("one", "--steps=100000");
    await cluster.until(({ step, epoch }) => step > 0 && epoch === (stop === "SIGTERM" ? 1 : 2));
    if (stop === "SIGTERM") coordinator.kill(stop);
    else {
      const { stop: ask, stopped } = messages;
      await cluster.messenger.ask(ask, stopped, subjects.run("one").stop, { run: "one" }, 5000);
    }
    assert.equal(await cluster.exit(coordinator), 4, `${stop}\n${cluster.told()}`);
  }
  const kept = (await cluster.metrics("one")).findLast(({ kind }) => kind === "checkpoint");
  const left = cluster.coordinate("one", `--steps=${Number(kept?.step) + 1}`);
  assert.equal(await cluster.exit(left), 0, cluster.told());
  const staying = cluster.spawn("coordinator", "--run=two", ...flagsOf(slowSettings), "--steps=100000");
  await cluster.until(({ run, step }) => run === "two" && step > 0);
  staying.kill("SIGTERM");
  assert.equal(await cluster.exit(staying), 0, "where it stays after the end, a stop is as good");
});
