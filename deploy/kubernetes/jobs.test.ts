/** Checks docs/jobs.md: every file that readers make renders, matches Kubernetes' schemas, and does what the page says. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithout } from "@memnet/service/testing";
import { type Manifest, manifestsOf, rendered, workloadsOf } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const page = readFileSync(new URL("../../docs/jobs.md", import.meta.url), "utf8");
const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!).join("");
const digest = `sha256:${"0".repeat(64)}`;
const env = {
  ...process.env,
  REGISTRY: "reg.example.org",
  DIGEST: digest,
  COMMIT: "123456",
  SNAPSHOT: "runs-x",
};

const folder = mkdtempSync(join(tmpdir(), "memnet-jobs-"));
after(() => rmSync(folder, { recursive: true }));
symlinkSync(fileURLToPath(new URL("..", import.meta.url)), join(folder, "deploy"));
// The files, as a shell writes them; and what kubectl would read, one document after the other.
const files = commands.match(/^mkdir -p \S+ && cat >\S+ <<END\n.*?^END$/gms) ?? [];
const inputs = commands.match(/(?<=^kubectl (?:apply|create) -f - )<<END\n.*?^END$/gms) ?? [];
execFileSync("sh", ["-euc", files.join("\n")], { cwd: folder, env });
const shell = inputs.map((input) => `cat ${input}\necho ---`).join("\n");
const typed = execFileSync("sh", ["-euc", shell], { env, encoding: "utf8" }).replace(/---\n$/, "");

const overlays = new Map<string, string>();
if (!skip)
  for (const [, name] of commands.matchAll(/^mkdir -p (\S+)/gm))
    overlays.set(name!, rendered(join(folder, name!)));

function manifests(name: string): Manifest[] {
  return manifestsOf(overlays.get(name) ?? assert.fail(name));
}

function only(name: string) {
  const [workload, ...more] = workloadsOf(manifests(name));
  assert.ok(workload && more.length === 0, name);
  return workload;
}

test("each file renders, and its objects and those typed in match Kubernetes' schemas", {
  skip: skip || skipWithout("kubernetes-validate"),
}, () => {
  assert.equal(overlays.size, 7);
  assert.equal(inputs.length, 3);
  const objects = [...overlays].filter(([name]) => name !== "my-pinned").map(([, text]) => text);
  const known = /^apiVersion: (v1|apps\/v1|batch\/v1|networking\.k8s\.io\/v1)$/m;
  const all = [...objects, typed].flatMap((text) => text.split(/^---$/m)).filter((text) => known.test(text));
  const file = join(folder, "all.yaml");
  writeFileSync(file, all.join("---\n"));
  for (const release of ["1.29", "1.37"]) {
    const args = ["-k", release, "--strict", file];
    const { status, stdout, stderr } = spawnSync("kubernetes-validate", args, { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout.match(new RegExp(`against version ${release}$`, "gm"))?.length, all.length);
  }
});

test("each Job has the reader's image and run, and Kueue's queue if it is asked for", { skip }, () => {
  const run = only("my-run");
  assert.equal(run.name, "run-copy-3");
  const images = [...run.spec.containers, ...run.spec.initContainers!].map(({ image }) => image);
  assert.deepEqual(images, ["reg.example.org/memnet:0.1.0", "reg.example.org/memnet:0.1.0"]);
  const data = manifests("my-run").find((one) => one.data?.MEMNET_RUN)?.data;
  assert.deepEqual([data?.MEMNET_RUN, data?.MEMNET_STEPS], ["copy-3", "100000"]);
  assert.equal(only("my-workers").manifest.spec?.parallelism, 40);
  const queued = workloadsOf(manifests("my-queued")).map(({ manifest }) => manifest.metadata);
  const queue = manifestsOf(typed).find(({ kind }) => kind === "LocalQueue")!.metadata;
  assert.deepEqual(
    queued.map(({ name, labels }) => [name, labels?.["kueue.x-k8s.io/queue-name"]]),
    [
      ["run-copy-3", queue.name],
      ["workers-rates", queue.name],
    ],
  );
});

test("a Job on GPUs asks for one product and a runtime, and images are pinned", { skip }, () => {
  const { spec } = only("my-gpu-run");
  assert.deepEqual(spec.nodeSelector, { "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB" });
  assert.equal(spec.runtimeClassName, "nvidia");
  assert.match(spec.initContainers![0]!.image, /^reg\.example\.org\/memnet-gpu:/);
  for (const { name, spec } of workloadsOf(manifests("my-pinned"))) {
    if (name === "nats") continue;
    const wanted =
      name === "trainer" ? "reg.example.org/memnet-gpu:123456" : `reg.example.org/memnet@${digest}`;
    assert.equal(spec.containers[0]?.image, wanted, name);
  }
});

test("no overlay has the namespace or the volume, which are made, and verified, beside it", { skip }, () => {
  for (const overlay of ["base", "overlays/single-node", "overlays/production", "overlays/gpu"])
    for (const { kind } of manifestsOf(rendered(overlay)))
      assert.ok(!["Namespace", "PersistentVolumeClaim"].includes(kind), overlay);
  assert.deepEqual(
    manifests("my-volume").map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ["Namespace memnet", "PersistentVolumeClaim runs"],
  );
  assert.match(overlays.get("my-volume")!, /ReadWriteOncePod\n.*storage: 100Gi/s);
  const { spec } = only("my-verify");
  assert.equal(spec.affinity, undefined);
  assert.match(JSON.stringify(spec.volumes), /"ephemeral".*"VolumeSnapshot","name":"runs-x"/);
});

test("what commands name is made by the page or by an overlay", { skip }, () => {
  const made = [...overlays.values(), rendered("overlays/production")].flatMap(manifestsOf);
  const names = new Set(made.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`));
  const named = [
    ...page.matchAll(/\b(job|deployment|cronjob)[/ ]((?:run|verify|coordinator|evaluator)[a-z0-9-]*)/g),
  ];
  const found = named.map(([, kind, name]) => `${kind}/${name}`).filter((one) => one !== "job/verify-now");
  assert.ok(found.length > 5);
  for (const one of found) assert.ok(names.has(one), one);
});
