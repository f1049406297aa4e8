/** memnet.sbatch on one node of a real Slurm: a job that stops before its time limit resumes to the same bits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { task } from "../../test/cluster/paced.ts";
import { pacedFlags, pacedSettings } from "../../test/integration/cluster.testing.ts";
import { Job, skipJobs as skip } from "./jobs.testing.ts";

const endless = ["train", ...pacedFlags, "--steps=1000000"];
const quick = { ...pacedSettings, steps: 1_000_000, task: { name: task.name, pauseMs: 1 } };

test("a job stops before its time limit, is requeued and resumes, and USR2 ends it", { skip }, async () => {
  // Slurm looks at time limits every 30 s, so the signal comes 20 to 50 s after each start.
  const limited = ["--time=1", "--signal=B:USR1@10", "--ntasks=2"];
  await using job = await Job.start(limited, endless);
  await job.slurm.until("the job has been requeued", () => Number(job.field("Restarts")) > 0);
  const { step } = job.lastCheckpoint()!;
  assert.ok(step > 0);
  await job.checkpoint(step + 4);
  job.signal("USR2");
  await job.reaches("COMPLETED");
  assert.match(job.state(), /stopped/);
  await job.checkBits(quick, { task });
});

test("scancel ends a job after a checkpoint", { skip }, async () => {
  await using job = await Job.start([], endless);
  await job.checkpoint(4);
  job.slurm.run("scancel", job.id);
  await job.reaches("CANCELLED");
  await job.slurm.until("the run is stopped", () => job.state().includes("stopped"));
  await job.checkBits(quick, { task });
});

test("a job whose command is neither train nor sweep fails at once", { skip }, async () => {
  await using job = await Job.start([], ["evaluate"]);
  await job.reaches("FAILED");
  assert.equal(job.field("ExitCode"), "2:0");
  assert.match(job.output(), /it must be train or sweep/);
});
