/**
 * Checks that everything the manifests refer to exists: maps, keys, claims, users, files, and the inputs of Prometheus
 * and Grafana.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parseServers } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { parse } from "yaml";
import { ruleFiles } from "../prometheus/prometheus-rule.ts";
import { filesOf, type Manifest, renderedAll, type Variable } from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();
const everyContainer = all.flatMap(({ name, manifests, workloads }) =>
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
/** Without those of other programs, which know nothing of NATS' users: its exporter, and the login. */
const containers = everyContainer.filter(({ container }) =>
  ["memnet", "nats", "trainer"].includes(container.name),
);

function file(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

test("each ConfigMap, key, volume and claim that a pod refers to exists", { skip }, () => {
  assert.ok(containers.length > 0);
  for (const { where, manifests, workload, container, isSidecar, env } of everyContainer) {
    for (const { configMapRef } of container.envFrom ?? []) dataOf(manifests, configMapRef.name);
    for (const { valueFrom } of env) {
      const reference = valueFrom?.configMapKeyRef;
      if (!reference || reference.optional) continue;
      assert.ok(reference.key in dataOf(manifests, reference.name), where);
    }
    const { volumes = [] } = workload.spec;
    const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
    const there = volumes.map(({ name }) => name).toSorted();
    if (isSidecar) {
      for (const name of mounted) assert.ok(there.includes(name), where);
    } else {
      // A Job's sidecar mounts what it alone may read.
      const isOwn = workload.spec.containers[0] === container;
      const others = (workload.spec.initContainers ?? []).flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map(({ name }) => name),
      );
      const wanted = isOwn ? there.filter((name) => mounted.includes(name) || !others.includes(name)) : [];
      assert.deepEqual(mounted.toSorted(), wanted, where);
    }
    for (const volume of volumes) {
      const { persistentVolumeClaim: claim, emptyDir } = volume;
      if (emptyDir) continue;
      if (claim) assert.ok(named(manifests, "PersistentVolumeClaim", claim.claimName), where);
      else assert.ok(Object.keys(filesOf(volume, manifests)).length > 0, where);
    }
  }
});

test("each file that an argument or a variable names is mounted", { skip }, () => {
  let files = 0;
  for (const { where, manifests, workload, container, env } of containers) {
    const words = [
      ...(container.command ?? []),
      ...(container.args ?? []),
      ...env.map((variable) => textOf(variable, manifests)),
    ];
    for (const word of words.filter((one) => /^\/(etc|run\/secrets)\//.test(one))) {
      const [mount] = container.volumeMounts!.filter(({ mountPath }) => word.startsWith(`${mountPath}/`));
      const [volume] = workload.spec.volumes!.filter(({ name }) => name === mount?.name);
      const name = word.slice(mount!.mountPath.length + 1);
      assert.ok(name in filesOf(volume!, manifests), `${where}: ${word}`);
      files += 1;
    }
  }
  assert.ok(files > 0);
});

test("each role has its own user, whose password only the role and NATS have, as a file", { skip }, () => {
  const conf = file("deploy/nats/nats.conf");
  const users = [...conf.matchAll(/^\s*user: (\S+)\s+password: \$\w+$/gm)].map(([, user]) => user!);
  assert.equal(users.length, 6);
  for (const { where, manifests, workload, container, isSidecar, env } of containers) {
    for (const { valueFrom } of env) assert.equal(valueFrom?.secretKeyRef, undefined, where);
    const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
    const files = (workload.spec.volumes ?? [])
      .filter(({ name }) => mounted.includes(name))
      .flatMap((volume) =>
        Object.values(volume.emptyDir || volume.persistentVolumeClaim ? {} : filesOf(volume, manifests)),
      );
    const secrets = files.filter((one) => one.startsWith("nats-passwords/"));
    const name = isSidecar ? container.name : workload.component;
    // Researchers are operators, in a pod of their own.
    const role = name === "researcher" ? "operator" : name;
    if (name === "verify") {
      assert.deepEqual(secrets, [], where);
    } else if (name === "nats") {
      assert.deepEqual(secrets, ["nats-passwords/users.conf", "nats-passwords/routes.conf"], where);
    } else {
      assert.deepEqual(secrets, [`nats-passwords/${role}`], where);
      assert.equal(env.find((one) => one.name === "NATS_USER")?.value, role, where);
      assert.ok(users.includes(role), where);
    }
  }
});

test("only NATS has the private key of its certificate", { skip }, () => {
  for (const { where, manifests, workload } of containers) {
    const keys = (workload.spec.volumes ?? [])
      .filter(({ secret }) => secret?.secretName === "nats-tls")
      .flatMap((volume) => Object.keys(filesOf(volume, manifests)));
    if (workload.name === "verify") continue;
    const own = where.startsWith("sealed") ? ["tls.crt", "tls.key", "ca.crt"] : [];
    assert.deepEqual(keys, workload.name === "nats" ? own : ["ca.crt"], where);
  }
});

test("the servers' configuration is the committed one, and start.sh takes what its environment asks for", {
  skip,
}, () => {
  for (const { where, manifests, workload, container, env } of containers) {
    if (workload.name !== "nats") continue;
    const data = filesOf(workload.spec.volumes!.find(({ name }) => name === "config")!, manifests);
    for (const [name, text] of Object.entries(data))
      if (!name.startsWith("passwords/")) assert.equal(text, file(`deploy/nats/${name}`), where);
    const isSealed = where.startsWith("sealed");
    const isCluster = workload.manifest.spec!.replicas! > 1;
    const read = `${isSealed ? (isCluster ? "tls-cluster" : "tls") : isCluster ? "cluster" : "nats"}.conf`;
    assert.equal(startedWith(data, env), read, where);
    const names = [read, ...included(data, read)];
    const text = names.map((name) => data[name]!).join("\n");
    const unquoted = text.replaceAll(/#.*$/gm, "").replaceAll(/"[^"]*"/g, "");
    const own = new Set([...text.matchAll(/^([A-Z_]+):/gm)].map(([, name]) => name));
    for (const [, variable] of unquoted.matchAll(/\$(\w+)/g)) {
      // passwords/users.conf has them.
      if (/^NATS_\w+_PASSWORD$/.test(variable!)) continue;
      assert.ok(own.has(variable) || env.some(({ name }) => name === variable), `${where}: ${variable}`);
    }
    const ports = new Set(container.ports!.map(({ containerPort }) => containerPort));
    const listens = [...text.matchAll(/^\s*(?:http_)?port: (\d+)$/gm)].map(([, port]) => Number(port));
    assert.deepEqual(ports, new Set(listens), where);
  }
});

test("clients name each NATS server, with tls:// where it has a certificate for that name", { skip }, () => {
  for (const { name, manifests, workloads } of all) {
    const { spec } = workloads.find((one) => one.name === "nats")!.manifest;
    const count = spec!.replicas!;
    const hosts = count === 1 ? ["nats"] : Array.from({ length: count }, (_, at) => `nats-${at}.nats`);
    const { servers, tls } = parseServers(dataOf(manifests, "nats").NATS_URL!);
    assert.deepEqual(
      servers,
      hosts.map((host) => `${host}:4222`),
      name,
    );
    assert.equal(tls, name.startsWith("sealed"), name);
    if (!tls) continue;
    const { spec: asked } = named(manifests, "Certificate", "nats") as unknown as {
      spec: { secretName: string; dnsNames: string[]; usages: string[] };
    };
    assert.equal(asked.secretName, "nats-tls");
    assert.deepEqual(asked.usages, ["server auth", "client auth"]);
    for (const host of hosts) assert.ok(asked.dnsNames.includes(host), host);
  }
});

test("a task file of one's own reaches every service that loads a run's task, where the run names it", {
  skip,
}, () => {
  const having = containers.filter(({ where }) => /^(shared|jobs):/.test(where));
  for (const { where, manifests, workload, container } of having) {
    const [volume] = (workload.spec.volumes ?? []).filter(({ name }) => name === "tasks");
    assert.equal(volume !== undefined, workload.name !== "nats", where);
    if (!volume) continue;
    assert.ok("mine.ts" in dataOf(manifests, volume.configMap!.name), where);
    const mount = container.volumeMounts!.find(({ name }) => name === "tasks");
    assert.deepEqual(mount, { name: "tasks", mountPath: "/tasks", readOnly: true }, where);
  }
  const runs = having.filter(({ container }) => container.args?.[0] === "coordinator");
  assert.deepEqual(
    runs.map(({ where }) => where),
    ["shared: coordinator", "jobs: coordinator", "jobs: run"],
  );
  for (const { where, manifests, container } of runs) {
    const run = dataOf(manifests, container.envFrom![0]!.configMapRef.name);
    assert.equal(run.MEMNET_TASK, "/tasks/mine.ts", where);
  }
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

/** The files of the ConfigMap that a configuration of nats-server includes, at any depth. */
function included(data: Readonly<Record<string, string>>, name: string): string[] {
  const own = [...data[name]!.matchAll(/^\s*include (\S+)$/gm)].map(([, path]) => path!);
  for (const path of own) assert.ok(path in data, `${name} includes ${path}`);
  return own
    .filter((path) => !path.startsWith("passwords/"))
    .flatMap((path) => [path, ...included(data, path)]);
}

/** The configuration that start.sh gives to nats-server, which a stand-in for it prints. */
function startedWith(data: Readonly<Record<string, string>>, env: readonly Variable[]): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-start-"));
  try {
    writeFileSync(join(folder, "nats-server"), "#!/bin/sh\necho $2\n", { mode: 0o755 });
    writeFileSync(join(folder, "start.sh"), data["start.sh"]!);
    const own = Object.fromEntries(env.map(({ name, value = "of-the-pod" }) => [name, value]));
    const told = execFileSync("sh", [join(folder, "start.sh")], {
      env: { ...own, PATH: `${folder}:${process.env.PATH}`, NATS_TLS_LOOK_SECONDS: "0.1" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return basename(told.trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function textOf({ value = "", valueFrom }: Variable, manifests: readonly Manifest[]): string {
  const reference = valueFrom?.configMapKeyRef;
  return reference ? (dataOf(manifests, reference.name)[reference.key] ?? "") : value;
}
