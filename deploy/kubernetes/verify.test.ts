/** Runs the script of the CronJob `verify` on folders of runs: one that is right, and one that was tampered with. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { memnetPath, plainEnvironment } from "../../test/cluster/processes.ts";
import { manifestsOf, renderedOwn, workloadsOf } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");

test("the CronJob verifies each run whose state is new, and fails with the name of one that differs", {
  skip,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-verify-"));
  try {
    const env = { ...plainEnvironment(), PATH: `${folder}${delimiter}${process.env.PATH}` };
    symlinkSync(memnetPath, join(folder, "memnet"));
    const runs = join(folder, "runs");
    for (const run of ["right", "wrong"]) {
      const small = ["--preset=copy-10-ntm", "--engine=wasm", "--steps=4", "--checkpoint-every=2"];
      const args = ["train", "--exit", "--port=0", `--run=${run}`, `--runs-dir=${runs}`, ...small];
      const { status, stderr } = spawnSync("memnet", args, { env, encoding: "utf8" });
      assert.equal(status, 0, stderr);
    }
    const [workload] = workloadsOf(
      manifestsOf(renderedOwn("components: [KUBERNETES/components/verify]\n")),
    ).filter(({ name }) => name === "verify");
    const { command = [], args = [] } = workload!.spec.containers[0]!;
    const script = args.join("").replaceAll("/runs", runs);
    const verify = () => spawnSync(command[0]!, [...command.slice(1), script], { env, encoding: "utf8" });

    const before = verify();
    assert.equal(before.status, 0, before.stdout + before.stderr);
    for (const run of ["right", "wrong"]) assert.match(before.stdout, new RegExp(run));

    const metrics = join(runs, "wrong", "metrics.jsonl");
    const text = readFileSync(metrics, "utf8");
    const tampered = text.replace(/("sha256":")(.)/, (_, name, digit) => name + (digit === "0" ? "1" : "0"));
    assert.notEqual(tampered, text);
    writeFileSync(metrics, tampered);
    const after = verify();
    assert.equal(after.status, 1, after.stdout);
    assert.match(after.stderr, /^Differs from its records: wrong$/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
