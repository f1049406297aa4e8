/** A task file of a user's own on a cluster, where each service has to have it. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { Cluster } from "./cluster.testing.ts";

/** The example's task as a file that stands alone, since `memnet` cannot be found from where it is. */
async function taskText(): Promise<string> {
  const text = await readFile(new URL("../../examples/own-task.ts", import.meta.url), "utf8");
  return text.replace(/^import .*$/m, "").replace("defineTask({", "({");
}

test("a run whose evaluator lacks the task file says so, and ends once it has it", {
  skip: skipWithout("nats-server"),
  timeout: 400_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-tasks-"));
  try {
    // As Kubernetes mounts a ConfigMap: files are links into a folder that is a link itself.
    await mkdir(join(folder, "..2026"));
    await writeFile(join(folder, "..2026", "mine.ts"), await taskText());
    await symlink("..2026", join(folder, "..data"));
    await symlink(join("..data", "mine.ts"), join(folder, "mine.ts"));
    await using cluster = await Cluster.start("nats-server");
    for (const role of ["evaluator", "data-env"] as const) cluster.spawn(role);
    const trainer = cluster.spawn("trainer");
    await cluster.idleTrainers(1);
    const stepped = cluster.stepsOf("own");
    const size = ["--set=memory.slots=6", "--set=controller.hidden=8"];
    const coordinator = cluster.spawn(
      ...(["coordinator", "--run=own", "--exit-at-end", `--task=${join(folder, "mine.ts")}`] as const),
      ...["--steps=20", "--eval-every=20", "--set=evaluationBatches=1", ...size],
    );
    await stepped(1, 1);
    // It computes nothing until the evaluator has lost the file.
    trainer.kill("SIGSTOP");
    await rename(join(folder, "..data"), join(folder, "..gone"));
    trainer.kill("SIGCONT");
    const { waitsFor } = await cluster.until(({ waitsFor }) => /^evaluations, which/.test(waitsFor ?? ""));
    assert.match(
      waitsFor!,
      /the evaluator cannot make: Cannot load the task file .*mine\.ts: it must be a file/,
    );
    await rename(join(folder, "..gone"), join(folder, "..data"));
    assert.equal(await cluster.exit(coordinator), 0, cluster.told());
    assert.ok((await cluster.metrics("own")).some(({ kind, step }) => kind === "evaluation" && step === 20));
  } finally {
    await rm(folder, { recursive: true });
  }
});
