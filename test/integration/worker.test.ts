/** A sweep on a cluster's workers, with real processes and a real queue: killed, doubled, stopped and resumed. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { childrenOf } from "../cluster/processes.ts";
import { bitsOf, Cluster, flagsOf, slowSettings } from "./cluster.testing.ts";
import { Launcher } from "./launcher.testing.ts";

const skip = skipWithout("nats-server");
const steps = 40;
const settings = { ...slowSettings, steps };
const rates = ["1e-3", "0.01"];
const seeds = [1, 2];
const flags = [
  "--name=rates",
  ...flagsOf(settings),
  `--grid=optimizer.learningRate=${rates.join()}`,
  "--seeds=1..2",
];

async function clusterWithQueue(context: TestContext): Promise<{ cluster: Cluster; launcher: Launcher }> {
  const store = await mkdtemp(join(tmpdir(), "memnet-store-"));
  context.after(() => rm(store, { recursive: true, force: true, maxRetries: 3 }));
  const cluster = await Cluster.on(await startNatsServer(["-js", "-sd", store]));
  context.after(() => cluster[Symbol.asyncDispose]());
  const launcher = await Launcher.inFolder(undefined, cluster.env);
  context.after(() => launcher[Symbol.asyncDispose]());
  return { cluster, launcher };
}

async function checkBits(cluster: Cluster): Promise<void> {
  for (const rate of rates) {
    for (const seed of seeds) {
      const own = { ...settings, seed, optimizer: { ...settings.optimizer, learningRate: Number(rate) } };
      const sha256 = await bitsOf(own);
      const run = `rates-${rate.replace(".", "_")}-seed-${seed}`;
      const lines = await cluster.metrics(run);
      assert.equal(lines.findLast(({ kind }) => kind === "checkpoint")?.sha256, sha256, run);
      assert.equal(lines.filter(({ kind }) => kind === "step").length, steps, run);
    }
  }
}

test("workers train a sweep to the bits of single runs, whatever is killed and stopped", {
  skip,
}, async (context) => {
  const { cluster, launcher } = await clusterWithQueue(context);
  cluster.spawn("evaluator");
  const killed = cluster.spawn("worker", "--parallel=1");
  const first = launcher.command("sweep", ...flags);
  await first.says(/^4 of 4 runs are queued for the cluster's workers$/m);
  await first.says(/step 8 {2}/);
  // The worker is gone with its run's process; only the server's silence gives the run to another.
  for (const host of childrenOf(killed.pid!)) process.kill(host, "SIGKILL");
  killed.kill("SIGKILL");
  first.child.kill("SIGINT");
  const interrupted = await first.ended;
  assert.equal(interrupted.code, 130, interrupted.text);
  assert.match(interrupted.text, /^The workers keep training\. To watch again: /m);

  const stopped = cluster.spawn("worker", "--parallel=2");
  const second = launcher.command("sweep", ...flags);
  await second.says(/step 12 {2}/);
  // A run's process dies, and its worker starts it again.
  process.kill(childrenOf(stopped.pid!)[0]!, "SIGKILL");
  await second.says(/step 20 {2}/);
  // A worker that is asked to stop gives its runs back after a snapshot.
  stopped.kill("SIGTERM");
  assert.equal(await cluster.exit(stopped), 0, cluster.told());
  cluster.spawn("worker", "--parallel=2");
  const { code, text } = await second.ended;
  assert.equal(code, 0, `${text}\n${cluster.told()}`);
  assert.match(text, /^4 of 4 runs are over/m);
  await checkBits(cluster);

  const again = await launcher.command("sweep", ...flags).ended;
  assert.match(again.text, /^0 of 4 runs are queued for the cluster's workers$/m);
  assert.equal(again.code, 0, again.text);
  const list = await launcher.command("sweeps").ended;
  assert.match(list.text, /^rates +2 +2 +4 +4 +0 +0 +wrongBits<0\.1$/m);
});

test("two workers with one run let only one of them train it", { skip }, async (context) => {
  const { cluster, launcher } = await clusterWithQueue(context);
  cluster.spawn("evaluator");
  const paused = cluster.spawn("worker", "--parallel=1");
  const sweep = launcher.command("sweep", ...flags);
  await sweep.says(/step 8 {2}/);
  // Neither the worker nor its run's process answers: the queue and the evaluator give the run to another.
  const [host] = childrenOf(paused.pid!);
  for (const pid of [host!, paused.pid!]) process.kill(pid, "SIGSTOP");
  cluster.spawn("worker", "--parallel=1");
  // It ends the other three first, and takes the first run when the queue has heard nothing for 10 s.
  const { code, text } = await sweep.ended;
  assert.equal(code, 0, `${text}\n${cluster.told()}`);
  for (const pid of [host!, paused.pid!]) process.kill(pid, "SIGCONT");
  await cluster.says(/Left a run to another worker|Finished a run/);
  await checkBits(cluster);
});

test("a run that fails is tried three times, then reported, and holds up no other run", {
  skip,
}, async (context) => {
  const { cluster, launcher } = await clusterWithQueue(context);
  cluster.spawn("evaluator");
  cluster.spawn("worker", "--parallel=1");
  const failing = ["--set=nonFinite=fail", "--name=bad", ...flagsOf(settings), "--seeds=1"];
  const grid = "--grid=optimizer.learningRate=1e30,1e-3";
  const { code, text } = await launcher.command("sweep", ...failing, grid).ended;
  assert.equal(code, 3, `${text}\n${cluster.told()}`);
  assert.match(text, /^Run bad-1e30-seed-1 was given up: failed; the workers' logs say why$/m);
  assert.match(text, /^bad-1e-3-seed-1: done at step 40/m);
  await cluster.says(/Run bad-1e30-seed-1 failed, and another worker may try it/);
  await cluster.says(/Gave up run bad-1e30-seed-1: /);
});

test("sweeps stop empties the queue and stops what trains, and a worker without a queue is refused", {
  skip,
}, async (context) => {
  const { cluster, launcher } = await clusterWithQueue(context);
  cluster.spawn("evaluator");
  cluster.spawn("worker", "--parallel=1");
  const sweep = launcher.command("sweep", ...flags, "--steps=100000");
  await sweep.says(/step 8 {2}/);
  const stopped = await launcher.command("sweeps", "stop", "rates").ended;
  assert.equal(stopped.text, "Took 4 runs out of the queue, and stopped 1 of them\n");
  const { code, text } = await sweep.ended;
  assert.equal(code, 3, text);
  assert.match(text, /^Run rates-1e-3-seed-1 was given up: stopped;/m);

  await using plain = await startNatsServer();
  const without = await Launcher.inFolder(undefined, plain.env);
  const refused = await without.command("worker").ended;
  assert.equal(refused.code, 2, refused.text);
  assert.match(refused.text, /NATS must have JetStream \(nats-server -js\)/);
});
