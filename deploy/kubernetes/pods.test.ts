/** Checks the pods of every overlay against Kubernetes' own schemas and against our rules. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { exitCodes } from "../../services/coordinator/src/outcome.ts";
import { manifestsOf, renderedAll, renderedOwn, workloadsOf } from "./manifests.testing.ts";

interface Rule {
  readonly action: string;
  readonly onExitCodes?: { readonly values: readonly number[] };
}

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();
const workloads = all.flatMap(({ name, workloads }) =>
  workloads.map((workload) => ({ ...workload, where: `${name}: ${workload.name}` })),
);
const containers = workloads.flatMap(({ spec, ...rest }) =>
  spec.containers.map((container) => ({ ...rest, container })),
);
const sidecars = workloads.flatMap(({ spec, ...rest }) =>
  (spec.initContainers ?? []).map((container) => ({ ...rest, container })),
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
    const files = all.map(({ name, text, manifests }) => {
      const file = join(folder, `${name.replaceAll("/", " ")}.yaml`);
      writeFileSync(file, text);
      return { file, known: manifests.filter(({ kind }) => !withoutSchema.has(kind)).length };
    });
    // Once for all files, since it takes longer to start than to validate one.
    for (const release of releases) {
      const args = ["-k", release, "--strict", ...files.map(({ file }) => file)];
      const { status, stdout, stderr } = spawnSync("kubernetes-validate", args, { encoding: "utf8" });
      assert.equal(status, 0, `${stdout}${stderr}`);
      const lines = stdout.split("\n").filter((line) => line.endsWith(`against version ${release}`));
      for (const { file, known } of files) {
        const passed = lines.filter((line) => line.includes(`${file} passed`));
        assert.equal(passed.length, known, stdout);
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
  for (const { where, container } of [...containers, ...sidecars]) {
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

test("each container has resources and probes, but the operator's and verify's serve nothing", {
  skip,
}, () => {
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
    if (["operator", "researcher", "verify"].includes(name)) {
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
  for (const { where, name, component, container } of containers) {
    const { ports = [], env = [], args = [] } = container;
    if (container.name !== "memnet") continue;
    const told = env.find((one) => one.name === "MEMNET_METRICS_PORT")?.value;
    const page = args[args.indexOf("--page-port") + 1];
    const listens = [
      told && ["metrics", Number(told)],
      name === "evaluator" && ["page", Number(page)],
      component === "worker" && ["run-metrics", Number(told) + 1],
    ];
    assert.deepEqual(
      ports.map((port) => [port.name, port.containerPort]).sort(),
      listens.filter(Boolean).sort(),
      where,
    );
  }
});

test("a Job's sidecar ends with it, has resources and a probe, and no port of its neighbour", {
  skip,
}, () => {
  assert.ok(sidecars.length > 0);
  for (const { where, container } of sidecars) {
    const { requests, limits } = container.resources;
    assert.ok(requests.cpu && bytesOf(requests.memory) <= bytesOf(limits.memory), where);
    assert.equal((container as unknown as { restartPolicy: string }).restartPolicy, "Always", where);
    const port = container.env?.find(({ name }) => name === "MEMNET_METRICS_PORT")?.value;
    assert.deepEqual(container.ports, [{ name: "trainer", containerPort: Number(port) }], where);
    assert.deepEqual(container.livenessProbe?.httpGet, { path: "/healthz", port: "trainer" }, where);
    const own = containers.find((one) => one.where === where)?.container.ports ?? [];
    assert.ok(!own.some(({ containerPort }) => containerPort === Number(port)), where);
  }
});

test("a Job counts neither a drain nor a stop, and ends at once where another try would end the same way", {
  skip,
}, () => {
  const jobs = workloads.filter(({ manifest }) => manifest.kind === "Job");
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ["run", "workers"],
  );
  for (const { where, name, manifest, spec } of jobs) {
    // Only pods that are never restarted in place have a failure policy.
    assert.equal(spec.restartPolicy, "Never", where);
    const { rules } = manifest.spec!.podFailurePolicy as { rules: readonly Rule[] };
    assert.deepEqual(rules[0], {
      action: "Ignore",
      onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
    });
    const codes = (action: string) =>
      rules.filter((rule) => rule.action === action).flatMap(({ onExitCodes }) => onExitCodes?.values ?? []);
    const { stopped, fenced, refused, failed } = exitCodes;
    assert.notEqual(stopped, exitCodes.ended);
    assert.deepEqual(codes("Ignore"), name === "run" ? [stopped, fenced] : [stopped], where);
    assert.deepEqual(codes("FailJob"), name === "run" ? [refused, failed] : [refused], where);
    const { args, env = [] } = spec.containers[0]!;
    const ends = args?.includes("--exit-at-end") || env.some((one) => one.name === "MEMNET_IDLE_TIMEOUT");
    assert.ok(ends, where);
  }
});

test("Kueue's Jobs name their queue, and each pod has a priority that exists", { skip }, () => {
  const { manifests, workloads } = all.find(({ name }) => name === "jobs")!;
  const classes = manifests
    .filter(({ kind }) => kind === "PriorityClass")
    .map(({ metadata }) => metadata.name);
  assert.deepEqual(classes, ["memnet-compute", "memnet-service"]);
  for (const { name, component, manifest, spec } of workloads) {
    if (manifest.kind === "Job") {
      assert.equal(manifest.metadata.labels?.["kueue.x-k8s.io/queue-name"], "memnet", name);
      continue;
    }
    if (name === "verify") continue;
    const computes = ["data-env", "trainer"].includes(component);
    assert.equal(spec.priorityClassName, computes ? "memnet-compute" : "memnet-service", name);
  }
});

const others = ["nats", "natsio/prometheus-nats-exporter", "quay.io/oauth2-proxy/oauth2-proxy"];

test("each image has a tag, and memnet's is its version", { skip }, () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const { where, container } of [...containers, ...sidecars]) {
    const [, image, tag] = /^([a-z0-9./-]+):([\w.-]+)$/.exec(container.image) ?? [];
    assert.ok(tag !== undefined && tag !== "latest", where);
    if (others.includes(image!)) assert.ok(!["memnet", "trainer"].includes(container.name), where);
    else assert.deepEqual([image?.replace(/-gpu$/, ""), tag], ["memnet", version], where);
  }
});

test("trainers on GPUs keep their image beside workers and researchers", { skip }, () => {
  const text = renderedOwn(`namespace: memnet
resources: [KUBERNETES/overlays/gpu]
components: [KUBERNETES/components/workers, KUBERNETES/components/researchers]
`);
  const trainer = workloadsOf(manifestsOf(text)).find(({ name }) => name === "trainer");
  assert.match(trainer!.spec.containers[0]!.image, /^memnet-gpu:/);
});

test("an apply does not reset what a command scales or stops", { skip }, () => {
  for (const { where, name, manifest } of workloads) {
    const free =
      manifest.kind.endsWith("Job") || ["coordinator", "data-env", "trainer", "worker"].includes(name);
    assert.equal(manifest.spec?.replicas === undefined, free, where);
  }
});

test("one coordinator and one evaluator: the old pod ends before the new one starts", { skip }, () => {
  for (const { where, name, manifest } of workloads) {
    if (!["coordinator", "evaluator"].includes(name)) continue;
    assert.deepEqual(manifest.spec?.strategy, { type: "Recreate" }, where);
  }
});

/** A pod leaves a node that is silent for 30 s. */
const silences = ["not-ready", "unreachable"].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 30,
}));

test("with GPUs, the trainer of a Job has one, and its run uses it", { skip }, () => {
  const manifests = manifestsOf(
    renderedOwn(`namespace: memnet
nameSuffix: -copy-1
resources: [KUBERNETES/job]
components: [KUBERNETES/components/gpu]
`),
  );
  const [{ spec } = assert.fail()] = workloadsOf(manifests);
  const [{ image, resources } = assert.fail()] = spec.initContainers ?? [];
  assert.match(image, /^memnet-gpu:/);
  assert.equal((resources.limits as Readonly<Record<string, unknown>>)["nvidia.com/gpu"], 1);
  assert.equal(spec.containers[0]?.resources.limits["nvidia.com/gpu"], undefined);
  assert.equal((spec.tolerations as unknown[]).length, 3);
  assert.equal(manifests.find(({ data }) => data?.MEMNET_RUN)?.data?.MEMNET_ENGINE, "webgpu");
});

test("with GPUs, a trainer has one, may run on GPU nodes, and gets a run that uses it", { skip }, () => {
  for (const { where, name, spec } of workloads.filter(({ where }) => where.startsWith("overlays/gpu"))) {
    const computes = name === "trainer";
    const [{ image, resources } = { image: "", resources: { limits: {} as Record<string, unknown> } }] =
      spec.containers;
    assert.equal(resources.limits["nvidia.com/gpu"], computes ? 1 : undefined, where);
    assert.equal(image.startsWith("memnet-gpu:"), computes, where);
    const taint = { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" };
    const silent = name === "nats" ? [] : silences;
    assert.deepEqual(spec.tolerations ?? [], computes ? [...silent, taint] : silent, where);
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
