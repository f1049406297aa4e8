/**
 * Checks that everything the manifests refer to exists: maps, keys, claims, users, files, and the inputs of Prometheus
 * and Grafana.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import { parse } from "yaml";
import { ruleFiles } from "../prometheus/prometheus-rule.ts";
import { type Manifest, renderedAll } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();
const everyContainer = all.flatMap(({ name, manifests, workloads }) =>
  workloads.flatMap((workload) =>
    workload.spec.containers.map((container) => ({
      where: `${name}: ${workload.name}`,
      manifests,
      workload,
      container,
      env: container.env ?? [],
    })),
  ),
);
/** Without those of other programs, which know nothing of NATS' users: its exporter, and the login. */
const containers = everyContainer.filter(({ container }) => ["memnet", "nats"].includes(container.name));

function file(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

test("each ConfigMap, key, volume and claim that a pod refers to exists", { skip }, () => {
  assert.ok(containers.length > 0);
  for (const { where, manifests, workload, container, env } of everyContainer) {
    for (const { configMapRef } of container.envFrom ?? []) dataOf(manifests, configMapRef.name);
    for (const { valueFrom } of env) {
      const reference = valueFrom?.configMapKeyRef;
      if (reference) assert.ok(reference.key in dataOf(manifests, reference.name), where);
    }
    const { volumes = [] } = workload.spec;
    const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
    const there = volumes.map(({ name }) => name);
    const isOwn = workload.spec.containers[0] === container;
    assert.deepEqual(mounted.sort(), isOwn ? there.sort() : [], where);
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
  for (const { where, workload, container, env } of containers) {
    const secrets = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef);
    const keys = Object.fromEntries(
      secrets.map(({ name, valueFrom }) => {
        assert.equal(valueFrom?.secretKeyRef?.name, "nats-passwords", where);
        return [name, valueFrom.secretKeyRef.key];
      }),
    );
    const { name } = workload;
    // Researchers are operators, in a pod of their own.
    const role = name === "researcher" ? "operator" : name;
    if (name === "nats") {
      const clustered = container.args!.includes("/etc/nats/cluster.conf");
      assert.deepEqual(keys, clustered ? { ...users, NATS_CLUSTER_PASSWORD: "cluster" } : users, where);
    } else {
      assert.deepEqual(keys, { NATS_PASSWORD: role }, where);
      assert.equal(env.find((one) => one.name === "NATS_USER")?.value, role, where);
      assert.ok(Object.values(users).includes(role), where);
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

test("a task file of one's own reaches every service that loads a run's task, where the run names it", {
  skip,
}, () => {
  const shared = containers.filter(({ where }) => where.startsWith("shared:"));
  const { manifests } = shared[0]!;
  for (const { where, workload, container } of shared) {
    const [volume] = (workload.spec.volumes ?? []).filter(({ name }) => name === "tasks");
    assert.equal(volume !== undefined, workload.name !== "nats", where);
    if (!volume) continue;
    assert.ok("mine.ts" in dataOf(manifests, volume.configMap!.name), where);
    const mount = container.volumeMounts!.find(({ name }) => name === "tasks");
    assert.deepEqual(mount, { name: "tasks", mountPath: "/tasks", readOnly: true }, where);
  }
  const coordinator = shared.find(({ workload }) => workload.name === "coordinator")!;
  const run = dataOf(manifests, coordinator.container.envFrom![0]!.configMapRef.name);
  assert.equal(run.MEMNET_TASK, "/tasks/mine.ts");
});

test("the page knows the name that the Ingress has, and the Ingress leads to the login alone", {
  skip,
}, () => {
  const { manifests } = all.find(({ name }) => name === "shared")!;
  const { env } = containers.find(({ where }) => where === "shared: evaluator")!;
  const names = env.find(({ name }) => name === "MEMNET_PAGE_NAMES")?.valueFrom?.configMapKeyRef;
  const host = dataOf(manifests, names!.name)[names!.key];
  assert.equal(host, "memnet.example.edu");
  const { tls, rules } = named(manifests, "Ingress", "page")!.spec as unknown as {
    tls: [{ hosts: string[] }];
    rules: [
      { host: string; http: { paths: [{ backend: { service: { name: string; port: { name: string } } } }] } },
    ];
  };
  assert.deepEqual([tls.length, rules.length, rules[0].http.paths.length], [1, 1, 1]);
  assert.deepEqual([tls[0].hosts, rules[0].host], [[host], host]);
  const { service } = rules[0].http.paths[0].backend;
  const behind = named(manifests, "Service", service.name)!.spec!;
  assert.deepEqual(behind.selector, { "app.kubernetes.io/component": "login" });
  assert.ok(behind.ports!.some(({ targetPort }) => targetPort === service.port.name));
  const login = everyContainer.find(({ where }) => where === "shared: login")!;
  const page = named(manifests, "Service", "page")!.spec!.ports![0]!.port;
  assert.ok(login.container.args!.includes(`--upstream=http://page:${page}`));
  assert.deepEqual(
    login.container.envFrom?.map(({ configMapRef }) => configMapRef.name),
    [names!.name],
  );
});

test("researchers scale what there is, and run commands in their own pod alone", { skip }, () => {
  const { manifests, workloads } = all.find(({ name }) => name === "shared")!;
  const { rules } = named(manifests, "Role", "researcher") as unknown as {
    rules: { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
  };
  const may = (resource: string) => rules.filter(({ resources }) => resources.includes(resource));
  const changes = rules.filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)));
  assert.deepEqual(
    changes.flatMap(({ resources }) => resources),
    ["deployments/scale", "pods/exec"],
  );
  for (const { resources, verbs } of rules)
    for (const word of [...resources, ...verbs]) assert.ok(word !== "*" && word !== "secrets", word);
  for (const name of may("deployments/scale")[0]!.resourceNames!) {
    assert.equal(workloads.find((one) => one.name === name)?.manifest.kind, "Deployment", name);
  }
  // Pods of a StatefulSet have known names.
  const own = workloads.find(({ name }) => name === "researcher")!.manifest;
  assert.deepEqual([own.kind, own.spec?.replicas], ["StatefulSet", 1]);
  assert.deepEqual(
    may("pods/exec").map(({ resourceNames }) => resourceNames),
    [["researcher-0"]],
  );
  const { roleRef } = named(manifests, "RoleBinding", "researcher") as unknown as {
    roleRef: { name: string };
  };
  assert.equal(roleRef.name, "researcher");
});

test("a run's variables are those of the coordinator, and it has a name", { skip }, () => {
  const flags = file("bin/src/configure/flags.ts") + file("bin/src/service.ts");
  for (const { where, manifests, workload, container } of containers) {
    if (workload.name !== "coordinator") continue;
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
    ruleFiles.map((name) => parse(file(`deploy/prometheus/rules/${name}.yml`))),
  );
});

test("what Prometheus scrapes has the job and the service that the alerts ask for", { skip }, () => {
  const { manifests, workloads } = all.find(({ name }) => name === "monitored")!;
  const monitors = manifests.filter(({ kind }) => kind === "PodMonitor");
  const [spec, ofNats] = ["memnet", "memnet-nats"].map(
    (name) => named(monitors, "PodMonitor", name)!.spec as unknown as MonitorSpec,
  ) as [MonitorSpec, MonitorSpec];
  for (const { name, labels } of workloads) {
    assert.equal(labels[spec.jobLabel], "memnet", name);
    assert.equal(labels["app.kubernetes.io/component"], name);
  }
  const [{ honorLabels, relabelings }] = spec.podMetricsEndpoints;
  assert.ok(honorLabels);
  assert.deepEqual(ofNats.podMetricsEndpoints[0].relabelings, relabelings);
  assert.equal(ofNats.jobLabel, spec.jobLabel);
  assert.deepEqual(relabelings.find(({ targetLabel }) => targetLabel === "service")?.sourceLabels, [
    "__meta_kubernetes_pod_label_app_kubernetes_io_component",
  ]);
});

interface MonitorSpec {
  readonly jobLabel: string;
  readonly podMetricsEndpoints: readonly [
    {
      readonly honorLabels: boolean;
      readonly relabelings: readonly { readonly sourceLabels: string[]; readonly targetLabel: string }[];
    },
  ];
}

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
