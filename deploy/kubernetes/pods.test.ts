/** Checks the pods of every overlay against Kubernetes' own schemas and against our rules. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { renderedAll } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();
const workloads = all.flatMap(({ name, workloads }) =>
  workloads.map((workload) => ({ ...workload, where: `${name}: ${workload.name}` })),
);
const containers = workloads.flatMap(({ spec, ...rest }) =>
  spec.containers.map((container) => ({ ...rest, container })),
);

/** The oldest release with every feature that is used here, and the newest whose schemas are available. */
const releases = ["1.29", "1.37"];
/** Their schemas belong to Prometheus' operator, KEDA and cert-manager. promtool checks the rules, as files. */
const withoutSchema = new Set(["PodMonitor", "PrometheusRule", "ScaledObject", "Issuer", "Certificate"]);

test("each object matches Kubernetes' schema, with no unknown field", {
  skip: skip || skipWithout("kubernetes-validate"),
}, () => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-manifests-"));
  try {
    for (const { name, text, manifests } of all) {
      const file = join(folder, "rendered.yaml");
      writeFileSync(file, text);
      const known = manifests.filter(({ kind }) => !withoutSchema.has(kind));
      for (const release of releases) {
        const args = ["-k", release, "--strict", file];
        const { status, stdout, stderr } = spawnSync("kubernetes-validate", args, { encoding: "utf8" });
        assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
        const passed = stdout.split("\n").filter((line) => line.endsWith(`against version ${release}`));
        assert.equal(passed.length, known.length, `${name}: ${stdout}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("each pod is restricted: no root, no capability, no writable path except volumes, no token", {
  skip,
}, () => {
  assert.ok(workloads.length > 0);
  for (const { where, name, spec } of workloads) {
    assert.deepEqual(
      spec.securityContext,
      {
        ...(name === "evaluator" ? { fsGroup: 10001, fsGroupChangePolicy: "OnRootMismatch" } : {}),
        ...(name === "nats" ? { fsGroup: 10001 } : {}),
        runAsGroup: 10001,
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      where,
    );
    assert.equal(spec.automountServiceAccountToken, false, where);
    assert.equal(spec.enableServiceLinks, false, where);
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) assert.ok(!(field in spec), where);
    for (const volume of spec.volumes ?? []) {
      const [kind] = Object.keys(volume).filter((key) => key !== "name");
      const kinds = ["configMap", "secret", "projected", "persistentVolumeClaim", "emptyDir"];
      assert.ok(kinds.includes(kind!), where);
    }
  }
  for (const { where, container } of containers) {
    const strict = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };
    assert.deepEqual(container.securityContext, { ...strict, capabilities: { drop: ["ALL"] } }, where);
  }
  for (const { name, manifests } of all) {
    const [{ metadata } = {}] = manifests.filter(({ kind }) => kind === "Namespace");
    for (const mode of ["enforce", "warn", "audit"]) {
      assert.equal(metadata?.labels?.[`pod-security.kubernetes.io/${mode}`], "restricted", name);
    }
  }
});

test("each container has resources and probes, but the operator's alone serves nothing", { skip }, () => {
  for (const { where, name, container } of containers) {
    const { requests, limits } = container.resources;
    assert.ok(requests.cpu && bytesOf(requests.memory) <= bytesOf(limits.memory), where);
    const { ports, startupProbe, livenessProbe, readinessProbe } = container;
    const probes = [startupProbe, livenessProbe, readinessProbe];
    if (container.name === "exporter") {
      // It must not make its NATS server look unready.
      assert.deepEqual(probes, [undefined, undefined, undefined], where);
      continue;
    }
    if (name === "operator" || name === "researcher") {
      assert.deepEqual([ports, ...probes], [undefined, undefined, undefined, undefined]);
      continue;
    }
    const [asked, ...paths] =
      name === "nats"
        ? ["monitor", "/healthz", "/healthz", "/healthz"]
        : name === "login"
          ? ["login", "/ping", "/ping", "/ready"]
          : ["metrics", "/healthz", "/healthz", "/readyz"];
    assert.deepEqual(
      probes.map((probe) => probe?.httpGet),
      paths.map((path) => ({ path, port: asked })),
      where,
    );
    assert.ok(
      ports?.some((port) => port.name === asked),
      where,
    );
  }
});

test("a service listens on its container's ports", { skip }, () => {
  for (const { where, name, container } of containers) {
    const { ports = [], env = [], args = [] } = container;
    if (container.name !== "memnet") continue;
    const told = env.find((one) => one.name === "MEMNET_METRICS_PORT")?.value;
    const page = args[args.indexOf("--page-port") + 1];
    const listens = [
      told && ["metrics", Number(told)],
      name === "evaluator" && ["page", Number(page)],
      name === "worker" && ["run-metrics", Number(told) + 1],
    ];
    assert.deepEqual(
      ports.map((port) => [port.name, port.containerPort]).sort(),
      listens.filter(Boolean).sort(),
      where,
    );
  }
});

const others = ["nats", "natsio/prometheus-nats-exporter", "quay.io/oauth2-proxy/oauth2-proxy"];

test("each image has a tag, and memnet's is its version", { skip }, () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const { where, container } of containers) {
    const [, image, tag] = /^([a-z0-9./-]+):([\w.-]+)$/.exec(container.image) ?? [];
    assert.ok(tag !== undefined && tag !== "latest", where);
    if (container.name !== "memnet") assert.ok(others.includes(image!), where);
    else assert.deepEqual([image?.replace(/-gpu$/, ""), tag], ["memnet", version], where);
  }
});

test("an apply does not reset what a command scales or stops", { skip }, () => {
  for (const { where, name, manifest } of workloads) {
    const free = ["coordinator", "data-env", "trainer", "worker"].includes(name);
    assert.equal(manifest.spec?.replicas === undefined, free, where);
  }
});

test("one coordinator and one evaluator: the old pod ends before the new one starts", { skip }, () => {
  for (const { where, name, manifest } of workloads) {
    if (!["coordinator", "evaluator"].includes(name)) continue;
    assert.deepEqual(manifest.spec?.strategy, { type: "Recreate" }, where);
  }
});

test("with GPUs, a trainer has one, may run on GPU nodes, and gets a run that uses it", { skip }, () => {
  for (const { where, name, spec } of workloads.filter(({ where }) => where.startsWith("overlays/gpu"))) {
    const computes = name === "trainer";
    const [{ image, resources } = { image: "", resources: { limits: {} as Record<string, unknown> } }] =
      spec.containers;
    assert.equal(resources.limits["nvidia.com/gpu"], computes ? 1 : undefined, where);
    assert.equal(image.startsWith("memnet-gpu:"), computes, where);
    const taint = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" };
    assert.deepEqual(spec.tolerations, computes ? [taint] : undefined, where);
  }
  const run = all
    .find(({ name }) => name === "overlays/gpu")
    ?.manifests.find(({ kind, metadata }) => kind === "ConfigMap" && /^run-(?!settings)/.test(metadata.name));
  assert.equal(run?.data?.MEMNET_ENGINE, "webgpu");
});

/** @throws if it is not a number of Mi or Gi */
function bytesOf(quantity = ""): number {
  const [, number, unit] = /^(\d+)([MG])i$/.exec(quantity) ?? [];
  if (number === undefined) throw new RangeError(`Cannot read ${quantity}: it must be a number of Mi or Gi`);
  return Number(number) * 2 ** (unit === "G" ? 30 : 20);
}
