/** Renders the chart with a real helm: without values it gives what kustomize gives, and each value lands in its place. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { manifestsOf, rendered, renderedOwn, workloadsOf } from "../kubernetes/manifests.testing.ts";
import { buildChart } from "./main.ts";
import { objectsOf } from "./templates.ts";

const skip = skipWithout("kubectl") || skipWithout("helm");
const folder = mkdtempSync(join(tmpdir(), "memnet-chart-"));
const chart = join(folder, "memnet");
after(() => rmSync(folder, { recursive: true }));
if (!skip) buildChart(chart);

function helm(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync("helm", args, { encoding: "utf8", maxBuffer: 2 ** 24 });
  assert.equal(status, 0, `helm ${args.join(" ")}: ${error ?? stderr}`);
  return stdout;
}

/** @param values as of --set */
function templated(...values: readonly string[]) {
  return helm("template", "memnet", chart, "--namespace", "memnet", ...values.map((one) => `--set=${one}`));
}

/** By kind and name, without the annotations that only the chart has. */
function byName(text: string) {
  const plain = (key: string, value: unknown) => {
    if (key === "checksum/run" || key === "helm.sh/resource-policy" || value === null) return undefined;
    return key === "annotations" && Object.keys(value as object).every((one) => /^(checksum|helm)/.test(one))
      ? undefined
      : value;
  };
  const objects = objectsOf(text).map((one) => JSON.parse(JSON.stringify(one, plain)));
  const found = Object.fromEntries(objects.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
  assert.equal(Object.keys(found).length, objects.length, "no object twice");
  delete found["Namespace memnet"];
  return found;
}

function checkSame(given: ReturnType<typeof byName>, wanted: ReturnType<typeof byName>): void {
  assert.deepEqual(Object.keys(given).sort(), Object.keys(wanted).sort());
  for (const [name, object] of Object.entries(wanted)) assert.deepEqual(given[name], object, name);
}

const volume = rendered("volume");
for (const overlay of ["single-node", "production", "gpu"]) {
  test(`with cluster=${overlay} the chart gives what the overlay gives`, { skip }, () => {
    checkSame(
      byName(templated(`cluster=${overlay}`)),
      byName(`${rendered(`overlays/${overlay}`)}---\n${volume}`),
    );
  });
}

test("monitoring and workers give what their components give", { skip }, () => {
  const own = renderedOwn(`namespace: memnet
resources: [KUBERNETES/overlays/production, KUBERNETES/volume]
components: [KUBERNETES/components/workers, KUBERNETES/components/workers-on-demand, KUBERNETES/components/monitoring]
`);
  const given = byName(templated("monitoring.enabled=true", "workers.enabled=true", "workers.onDemand=true"));
  for (const [name, object] of Object.entries(given))
    if (/^(PodMonitor|PrometheusRule) /.test(name)) {
      assert.equal(object.metadata.labels.release, "kube-prometheus-stack", name);
      delete object.metadata.labels.release;
      if (Object.keys(object.metadata.labels).length === 0) delete object.metadata.labels;
    }
  checkSame(given, byName(own));
});

test("each value lands in its place", { skip }, () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const text = helm(
    ...["template", "memnet", chart, "--namespace", "lab", "--set=cluster=gpu", "--set=workers.enabled=true"],
    ...[
      "--set=workers.onDemand=true",
      `--set=image.digest=${digest}`,
      "--set=image.repository=reg.example.org/memnet",
    ],
    ...[
      "--set=gpuImage.repository=reg.example.org/gpu",
      "--set=gpuImage.tag=1.2.3",
      "--set=run.MEMNET_STEPS=7",
    ],
    ...["--set=settings.memory.slots=64", "--set=storage.size=1Ti", "--set=storage.class=fast"],
    "--set=storage.accessMode=ReadWriteOncePod",
  );
  const manifests = manifestsOf(text);
  const images = workloadsOf(manifests).map(({ name, spec }) => [name, spec.containers[0]!.image]);
  for (const [name, image] of images) {
    if (name === "nats") continue;
    assert.equal(
      image,
      name === "trainer" ? "reg.example.org/gpu:1.2.3" : `reg.example.org/memnet@${digest}`,
      name,
    );
  }
  const one = (kind: string, name: string) =>
    manifests.find((object) => object.kind === kind && object.metadata.name === name)!;
  const { data } = one("ConfigMap", "run");
  assert.equal(data?.MEMNET_STEPS, "7");
  assert.equal(data?.MEMNET_ENGINE, "webgpu");
  assert.deepEqual(JSON.parse(one("ConfigMap", "run-settings").data!["settings.json"]!), {
    memory: { slots: 64 },
  });
  const { spec } = one("PersistentVolumeClaim", "runs");
  assert.deepEqual(spec, {
    accessModes: ["ReadWriteOncePod"],
    resources: { requests: { storage: "1Ti" } },
    storageClassName: "fast",
  });
  assert.match(JSON.stringify(one("ScaledObject", "worker").spec), /nats-monitoring\.lab:8222/);
});

test("a change of the run restarts its coordinator, and no other change does", { skip }, () => {
  const template = (...values: readonly string[]) => {
    const all = workloadsOf(manifestsOf(templated(...values)));
    const { manifest } = all.find(({ name }) => name === "coordinator")!;
    return JSON.stringify(manifest.spec?.template);
  };
  assert.equal(template(), template("storage.size=1Ti"));
  assert.notEqual(template(), template("run.MEMNET_STEPS=7"));
  assert.notEqual(template(), template("settings.memory.slots=64"));
});

test("an uninstall leaves the volume", { skip }, () => {
  const claim = templated()
    .split("---\n")
    .find((one) => one.includes("kind: PersistentVolumeClaim"));
  assert.match(claim!, /^ +helm\.sh\/resource-policy: keep$/m);
});

test("the chart passes helm's linter and Kubernetes' schemas, and has the program's version", {
  skip: skip || skipWithout("kubernetes-validate"),
}, () => {
  helm("lint", "--strict", chart);
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const described = readFileSync(join(chart, "Chart.yaml"), "utf8");
  assert.match(described, new RegExp(`^version: ${version}$`, "m"));
  assert.match(described, new RegExp(`^appVersion: ${version}$`, "m"));
  assert.match(readFileSync(join(chart, "values.yaml"), "utf8"), new RegExp(`tag: ${version},`));
  const file = join(folder, "rendered.yaml");
  writeFileSync(file, templated());
  const { status, stdout, stderr } = spawnSync("kubernetes-validate", ["-k", "1.29", "--strict", file], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
});
