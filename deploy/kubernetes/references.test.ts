/**
 * Checks that everything the manifests refer to exists: maps, keys, claims, users, files, and the inputs of Prometheus
 * and Grafana.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { parse } from "yaml";
import { type Manifest, renderedAll } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();
const containers = all.flatMap(({ name, manifests, workloads }) =>
  workloads.flatMap((workload) => {
    const { containers, initContainers = [] } = workload.spec;
    return [...containers, ...initContainers].map((container) => ({
      where: `${name}: ${workload.name}`,
      manifests,
      workload,
      container,
      isSidecar: initContainers.includes(container),
      env: container.env ?? [],
    }));
  }),
);

function file(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

test("each ConfigMap, key, volume and claim that a pod refers to exists", { skip }, () => {
  assert.ok(containers.length > 0);
  for (const { where, manifests, workload, container, isSidecar, env } of containers) {
    for (const { configMapRef } of container.envFrom ?? []) dataOf(manifests, configMapRef.name);
    for (const { valueFrom } of env) {
      const reference = valueFrom?.configMapKeyRef;
      if (reference) assert.ok(reference.key in dataOf(manifests, reference.name), where);
    }
    const { volumes = [] } = workload.spec;
    const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
    assert.deepEqual(mounted, isSidecar ? [] : volumes.map(({ name }) => name), where);
    for (const { configMap, persistentVolumeClaim: claim, emptyDir } of volumes) {
      if (emptyDir) continue;
      if (configMap) dataOf(manifests, configMap.name);
      else assert.ok(named(manifests, "PersistentVolumeClaim", claim!.claimName), where);
    }
  }
});

test("each file that an argument or a variable names is mounted", { skip }, () => {
  let files = 0;
  for (const { where, manifests, workload, container, env } of containers) {
    const words = [...(container.args ?? []), ...env.map(({ value = "" }) => value)];
    for (const word of words.filter((one) => one.startsWith("/etc/"))) {
      const [mount] = container.volumeMounts!.filter(({ mountPath }) => word.startsWith(`${mountPath}/`));
      const [volume] = workload.spec.volumes!.filter(({ name }) => name === mount?.name);
      const name = word.slice(mount!.mountPath.length + 1);
      assert.ok(name in dataOf(manifests, volume!.configMap!.name), `${where}: ${word}`);
      files += 1;
    }
  }
  assert.ok(files > 0);
});

test("each role has its own user, whose password only the role and NATS have", { skip }, () => {
  const conf = file("deploy/nats/nats.conf");
  const found = [...conf.matchAll(/^\s*user: (\S+)\s+password: \$(\w+)$/gm)];
  const users = Object.fromEntries(found.map(([, user, variable]) => [variable!, user!]));
  assert.equal(found.length, 6);
  for (const { where, workload, container, isSidecar, env } of containers) {
    const secrets = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef);
    const keys = Object.fromEntries(
      secrets.map(({ name, valueFrom }) => {
        assert.equal(valueFrom?.secretKeyRef?.name, "nats-passwords", where);
        return [name, valueFrom.secretKeyRef.key];
      }),
    );
    const name = isSidecar ? container.name : workload.component;
    if (name === "verify") {
      assert.deepEqual(keys, {}, where);
    } else if (name === "nats") {
      const clustered = container.args!.includes("/etc/nats/cluster.conf");
      assert.deepEqual(keys, clustered ? { ...users, NATS_CLUSTER_PASSWORD: "cluster" } : users, where);
    } else {
      assert.deepEqual(keys, { NATS_PASSWORD: name }, where);
      assert.equal(env.find((one) => one.name === "NATS_USER")?.value, name, where);
      assert.ok(Object.values(users).includes(name), where);
    }
  }
});

test("the servers' configuration is the committed one, and each variable that it reads is set", {
  skip,
}, () => {
  for (const { where, manifests, workload, container, env } of containers) {
    if (workload.name !== "nats") continue;
    const data = dataOf(manifests, workload.spec.volumes![0]!.configMap!.name);
    for (const [name, text] of Object.entries(data)) assert.equal(text, file(`deploy/nats/${name}`), where);
    const read = container.args!.at(-1)!.split("/").at(-1)!;
    const text = [read, ...included(data[read]!)].map((name) => data[name]!).join("\n");
    const own = new Set([...text.matchAll(/^([A-Z_]+):/gm)].map(([, name]) => name));
    const unquoted = text.replaceAll(/#.*$/gm, "").replaceAll(/"[^"]*"/g, "");
    for (const [, variable] of unquoted.matchAll(/\$(\w+)/g))
      assert.ok(own.has(variable) || env.some(({ name }) => name === variable), `${where}: ${variable}`);
    const ports = new Set(container.ports!.map(({ containerPort }) => containerPort));
    const listens = [...text.matchAll(/^\s*(?:http_)?port: (\d+)$/gm)].map(([, port]) => Number(port));
    assert.deepEqual(ports, new Set(listens), where);
  }
});

test("clients and routes name each NATS server, and a variable is defined before its use", { skip }, () => {
  for (const { name, manifests, workloads } of all) {
    const { spec } = workloads.find((one) => one.name === "nats")!.manifest;
    const servers = Array.from({ length: spec!.replicas! }, (_, index) => `nats-${index}.nats`);
    const url = dataOf(manifests, "nats").NATS_URL;
    if (servers.length === 1) {
      assert.equal(url, "nats://nats:4222", name);
      continue;
    }
    assert.equal(url, servers.map((server) => `nats://${server}:4222`).join(","), name);
    const env = spec!.template!.spec.containers[0]!.env!;
    const at = env.findIndex((one) => one.name === "NATS_ROUTES");
    const routes = servers.map((server) => `nats://cluster:$(NATS_CLUSTER_PASSWORD)@${server}:6222`);
    assert.equal(env[at]?.value, `[${routes.join(", ")}]`);
    assert.ok(env.slice(0, at).some((one) => one.name === "NATS_CLUSTER_PASSWORD"));
  }
});

test("a run's variables are those of the coordinator, and it has a name", { skip }, () => {
  const flags = file("bin/src/configure/flags.ts") + file("bin/src/service.ts");
  for (const { where, manifests, container } of containers) {
    if (container.args?.[0] !== "coordinator") continue;
    const data = dataOf(manifests, container.envFrom![0]!.configMapRef.name);
    assert.ok(data.MEMNET_RUN, where);
    for (const name of Object.keys(data)) assert.ok(flags.includes(name), `${where}: ${name}`);
  }
});

test("dashboards and rules are the committed ones, byte for byte", { skip }, () => {
  const { manifests } = all.find(({ name }) => name === "monitored")!;
  const boards = manifests.filter(({ metadata }) => metadata.labels?.grafana_dashboard === "1");
  const given = Object.fromEntries(boards.flatMap(({ data }) => Object.entries(data!)));
  const folder = "deploy/grafana/dashboards";
  const names = readdirSync(new URL(`../../${folder}`, import.meta.url));
  assert.deepEqual(given, Object.fromEntries(names.map((name) => [name, file(`${folder}/${name}`)])));
  // kubectl apply writes objects into an annotation, which is limited to 256 KiB.
  for (const board of boards) assert.ok(JSON.stringify(board).length < 2 ** 17, board.metadata.name);
  const rules = manifests.filter(({ kind }) => kind === "PrometheusRule");
  assert.deepEqual(
    rules.map(({ spec }) => spec as unknown),
    ["alerts", "recording"].map((name) => parse(file(`deploy/prometheus/rules/${name}.yml`))),
  );
});

test("what Prometheus scrapes has the job and the service that the alerts ask for", { skip }, () => {
  const { manifests, workloads } = all.find(({ name }) => name === "monitored")!;
  const [monitor] = manifests.filter(({ kind }) => kind === "PodMonitor");
  const spec = monitor!.spec as unknown as {
    jobLabel: string;
    podMetricsEndpoints: [
      { honorLabels: boolean; relabelings: { sourceLabels: string[]; targetLabel: string }[] },
    ];
  };
  for (const { name, labels } of workloads) {
    assert.equal(labels[spec.jobLabel], "memnet", name);
    assert.equal(labels["app.kubernetes.io/component"], name);
  }
  const [{ honorLabels, relabelings }] = spec.podMetricsEndpoints;
  assert.ok(honorLabels);
  assert.deepEqual(relabelings.find(({ targetLabel }) => targetLabel === "service")?.sourceLabels, [
    "__meta_kubernetes_pod_label_app_kubernetes_io_component",
  ]);
});

function dataOf(manifests: readonly Manifest[], name: string): Readonly<Record<string, string>> {
  const found = named(manifests, "ConfigMap", name)?.data;
  assert.ok(found, `there is no ConfigMap ${name}`);
  return found;
}

function named(manifests: readonly Manifest[], kind: string, name: string): Manifest | undefined {
  return manifests.find((one) => one.kind === kind && one.metadata.name === name);
}

/** The files that a configuration of nats-server includes. */
function included(text: string): string[] {
  return [...text.matchAll(/^include (\S+)$/gm)].map(([, name]) => name!);
}
