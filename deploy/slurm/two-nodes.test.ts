/** memnet.sbatch on two nodes of a real Slurm, whose processes exchange messages over a nats-server of the job's own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsOf, slowSettings } from "../../test/integration/cluster.testing.ts";
import { Job, skipJobs as skip } from "./jobs.testing.ts";

const nodes = ["--nodes=2", "--ntasks-per-node=1"];

test("a requeued run resumes with trainers on both nodes, and its end completes the job", {
  skip,
}, async () => {
  const settings = { ...slowSettings, steps: 24 };
  await using job = await Job.start(nodes, ["train", ...flagsOf(settings)]);
  await job.checkpoint(4);
  job.signal("USR1");
  await job.reaches("COMPLETED");
  assert.equal(job.field("Restarts"), "1", job.output());
  assert.equal(job.lastCheckpoint()?.step, 24);
  await job.checkBits(settings);
});

test("a requeued sweep trains each of its runs to the end", { skip }, async () => {
  const settings = { ...slowSettings, steps: 16 };
  const grid = ["--name=rates", "--grid=optimizer.learningRate=1e-3,0.01", "--seeds=1"];
  await using job = await Job.start(nodes, ["sweep", ...grid, ...flagsOf(settings)]);
  await job.checkpoint(4, "rates-1e-3-seed-1");
  job.signal("USR1");
  await job.reaches("COMPLETED");
  assert.equal(job.field("Restarts"), "1", job.output());
  for (const rate of ["1e-3", "0.01"]) {
    const run = `rates-${rate.replace(".", "_")}-seed-1`;
    assert.equal(job.lastCheckpoint(run)?.step, 16, run);
    const optimizer = { ...settings.optimizer, learningRate: Number(rate) };
    await job.checkBits({ ...settings, optimizer }, { run });
  }
});
