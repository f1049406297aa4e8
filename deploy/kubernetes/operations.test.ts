/**
 * Checks docs/operations.md: a reader who pastes its commands in order gets what it says, as far as that can be seen
 * without a cluster, and everything that the page names exists.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { exitStatus } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { exitCodes } from "../../services/coordinator/src/outcome.ts";
import {
  filesOf,
  type Manifest,
  manifestsOf,
  rendered,
  type Workload,
  workloadsOf,
} from "./manifests.testing.ts";
import { blocks, checked, operations, type Pasted, pasted } from "./operations.testing.ts";

const skip = skipWithout("kubectl");
const alerts = readFileSync(new URL("../prometheus/rules/alerts.yml", import.meta.url), "utf8");
const guide: Pasted = skip ? { applied: [], secrets: [], calls: [] } : pasted();

/** What the nth apply of a folder gives the cluster; the last one if n is -1. */
function applied(folder: string, at: number): Manifest[] {
  const found = guide.applied.filter((one) => one.folder === folder).at(at);
  assert.ok(found, `my files are applied: ${folder}`);
  return manifestsOf(found.text);
}

/** The run's variables and its settings, as the coordinator gets them. */
function runOf(manifests: readonly Manifest[]) {
  const coordinator = workloadsOf(manifests).find(({ name }) => name.startsWith("coordinator"))!;
  const { envFrom } = coordinator.spec.containers[0]!;
  const run = manifests.find(({ metadata }) => metadata.name === envFrom?.[0]?.configMapRef.name)?.data;
  const settings = filesOf(coordinator.spec.volumes!.find(({ name }) => name === "settings")!, manifests);
  return { run, settings: JSON.parse(settings["settings.json"]!) };
}

test("the first apply has the reader's images and run, and no part that was not asked for", { skip }, () => {
  const manifests = applied("my-cluster", 0);
  const images = new Set(
    workloadsOf(manifests).flatMap(({ spec }) => spec.containers.map(({ image }) => image)),
  );
  assert.ok(images.has("registry.example.org/memnet/memnet:0.1.0"), [...images].join());
  assert.equal(images.size, 2, "memnet's and NATS'");
  const { run, settings } = runOf(manifests);
  assert.deepEqual(
    [run?.MEMNET_RUN, run?.MEMNET_PRESET, run?.MEMNET_STEPS],
    ["copy-1", "original-ntm-copy", "100000"],
  );
  assert.deepEqual(settings, { trainers: 1 });
  for (const kind of ["PodMonitor", "ScaledObject", "Certificate"])
    assert.ok(!manifests.some((one) => one.kind === kind), kind);
});

test("another run has the settings that the reader pasted", { skip }, () => {
  const { run, settings } = runOf(applied("my-cluster", 1));
  assert.deepEqual([run?.MEMNET_RUN, run?.MEMNET_STEPS], ["copy-wide", "200000"]);
  assert.deepEqual(settings, { trainers: 2, memory: { slots: 64 } });
});

test("a reader who has pasted everything has all parts, and the run as before", { skip }, () => {
  const manifests = applied("my-cluster", -1);
  assert.equal(runOf(manifests).run?.MEMNET_RUN, "copy-wide");
  const kinds = new Set(manifests.map(({ kind }) => kind));
  for (const kind of ["PodMonitor", "PrometheusRule", "ScaledObject", "Certificate"])
    assert.ok(kinds.has(kind), kind);
  assert.ok(workloadsOf(manifests).some(({ name }) => name === "worker"));
  for (const { kind, metadata } of manifests) {
    if (kind !== "Namespace") assert.equal(metadata.namespace, "memnet", `${kind} ${metadata.name}`);
    if (kind === "PodMonitor" || kind === "PrometheusRule")
      assert.equal(metadata.labels?.release, "kube-prometheus-stack", kind);
  }
  const url = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "nats")?.data;
  assert.match(url?.NATS_URL ?? "", /^tls:/);
});

test("the guide checks what it applies, and nothing else follows the check", { skip }, () => {
  const applies = blocks.join("").match(/^.*kubectl apply -k my-.*$/gm) ?? [];
  assert.ok(applies.length > 4);
  for (const line of applies)
    assert.match(line, /^sh deploy\/kubernetes\/check\.sh (\S+) && kubectl apply -k \1$/);
});

const mine = `resources:
  - KUBERNETES/overlays/single-node
configMapGenerator:
  - name: run
    namespace: memnet
    behavior: merge
    literals: [MEMNET_RUN=mine]
`;

test("check.sh says which run, images and objects the cluster would get", { skip }, () => {
  const { status, said } = checked({ "kustomization.yaml": mine });
  assert.equal(status, 0, said);
  assert.match(said, /^The run:$.*^ {2}MEMNET_RUN: mine$.*^Images:$.*^ {2}memnet:0\.1\.0$/ms);
  assert.match(said, /^ {2}5 Deployment$/m);
});

test("check.sh refuses a key that is there twice, at any depth, and takes the same key in other maps", {
  skip,
}, () => {
  const cases: [more: string, named: RegExp][] = [
    ["configMapGenerator:\n  - name: run-settings\n", /configMapGenerator is in lines 3 and 8$/m],
    ["components: []\ncomponents: []\n", /components is in lines 8 and 9$/m],
    ["    behavior: replace\n", /behavior is in lines 6 and 8$/m],
    ["labels:\n  - pairs:\n      a: b\n      a: c\n", /: a is in lines 10 and 11$/m],
  ];
  for (const [more, named] of cases) {
    const { status, said } = checked({ "kustomization.yaml": mine + more });
    assert.equal(status, 1, said);
    assert.match(said, named);
  }
  const well = `${mine}patches:
  - target: { kind: Deployment, name: trainer }
    patch: |
      - op: add
        path: /metadata/labels/a
        value: b
      - op: add
        path: /metadata/labels/c
        value: d
  - target: { kind: Deployment, name: data-env }
    patch: |
      - { op: add, path: /metadata/labels/a, value: b }
`;
  const { status, said } = checked({ "kustomization.yaml": well });
  assert.equal(status, 0, said);
});

test("check.sh refuses what kubectl cannot render", { skip }, () => {
  const { status, said } = checked({ "kustomization.yaml": mine.replace("single-node", "no-such") });
  assert.notEqual(status, 0);
  assert.match(said, /no-such/);
});

test("a second run is one more coordinator, with pods of its own", { skip }, () => {
  const [first] = workloadsOf(applied("my-cluster", 0)).filter(({ name }) => name === "coordinator");
  const manifests = applied("my-second", 0);
  const [second, ...more] = workloadsOf(manifests);
  assert.deepEqual([second?.name, more.length], ["coordinator-second", 0]);
  const selector = (one: Workload | undefined) => one?.manifest.spec?.selector?.matchLabels;
  assert.notDeepEqual(selector(second), selector(first));
  assert.deepEqual(
    second?.labels,
    { ...first?.labels, "app.kubernetes.io/instance": "second" },
    "policies know it",
  );
  const env = (one: Workload | undefined) => one?.spec.containers[0]?.env;
  assert.deepEqual(env(second), env(first), "and it is the same in everything else");
  assert.equal(runOf(manifests).run?.MEMNET_RUN, "copy-2");
});

test("the Secret has every file that pods mount of it, with passwords of letters, and others once rotated", {
  skip,
}, () => {
  const manifests = applied("my-cluster", -1);
  const asked = workloadsOf(manifests).flatMap(({ spec }) =>
    (spec.volumes ?? [])
      .filter(({ secret, projected }) => secret || projected)
      .flatMap((volume) => Object.values(filesOf(volume, manifests)))
      .flatMap((from) => /^nats-passwords\/(\S+)$/.exec(from)?.[1] ?? []),
  );
  assert.equal(guide.secrets.length, 2);
  const [first, second] = guide.secrets.map(({ metadata, data }) => {
    assert.deepEqual([metadata.name, metadata.namespace], ["nats-passwords", "memnet"]);
    assert.deepEqual(Object.keys(data).sort(), [...new Set(asked)].sort());
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  });
  const roles = Object.keys(first!).filter((name) => !name.endsWith(".conf"));
  for (const made of [first!, second!]) {
    for (const role of roles) {
      assert.match(made[role]!, /^[a-z]{40}$/);
      const variable = `NATS_${role.toUpperCase().replace("-", "_")}_PASSWORD`;
      assert.ok(made["users.conf"]!.includes(`${variable}: "${made[role]}"\n`), role);
    }
    const [, password] = /password: "([a-z]{40})"/.exec(made["routes.conf"]!)!;
    for (const server of [0, 1, 2])
      assert.ok(made["routes.conf"]!.includes(`nats://cluster:${password}@nats-${server}.nats:6222\n`));
  }
  const all = [first!, second!].flatMap((made) => roles.map((role) => made[role]));
  assert.equal(new Set(all).size, 2 * roles.length);
});

test("the table says what each overlay's pods request", { skip }, () => {
  const rows = [
    ...operations.matchAll(/^\| `([a-z-]+)` \|[^|]*\| (\d) \| ([\d.]+) \| ([\d.]+) GiB \| (\d) \|$/gm),
  ];
  assert.deepEqual(
    rows.map(([, name]) => name),
    ["single-node", "production", "gpu"],
  );
  for (const [, name, nodes, processors, memory, gpus] of rows) {
    const manifests = manifestsOf(rendered(`overlays/${name}`));
    const requested = workloadsOf(manifests).flatMap(({ manifest, spec }) =>
      Array.from({ length: manifest.spec?.replicas ?? 1 }, () => spec.containers[0]!.resources),
    );
    const sum = (of: (one: (typeof requested)[number]) => number) =>
      requested.reduce((total, one) => total + of(one), 0);
    const cores = sum(({ requests }) => amount(requests.cpu!));
    assert.ok(Math.abs(cores - Number(processors)) < 0.001, `${name} requests ${cores} processors`);
    assert.equal(sum(({ requests }) => amount(requests.memory!)) / 2 ** 30, Number(memory), name);
    assert.equal(
      sum(({ limits }) => Number(limits["nvidia.com/gpu"] ?? 0)),
      Number(gpus),
      name,
    );
    const servers = workloadsOf(manifests).find((one) => one.name === "nats")!.manifest.spec!.replicas;
    assert.equal(servers, Number(nodes), name);
  }
});

test("the guide says how large the volume is", { skip }, () => {
  const [claim] = applied("deploy/kubernetes/volume", 0).filter(
    ({ kind }) => kind === "PersistentVolumeClaim",
  );
  const { requests } = claim!.spec!.resources as { requests: { storage: string } };
  assert.ok(operations.includes(`The volume has ${amount(requests.storage) / 2 ** 30} GiB `));
});

test("the table of contents names each section", () => {
  const contents = operations.slice(0, operations.indexOf("\n## "));
  for (const [, title] of operations.matchAll(/^## (.+)$/gm)) {
    const anchor = title!.toLowerCase().replaceAll(" ", "-");
    assert.ok(contents.includes(`](#${anchor})`), title);
  }
});

/** The number that a quantity of Kubernetes stands for. */
function amount(quantity: string): number {
  const [, number, unit] = /^([\d.]+)(m|Mi|Gi)?$/.exec(quantity) ?? [];
  if (number === undefined)
    throw new RangeError(`Cannot read ${quantity}: it must be a number, or one of m, Mi or Gi`);
  const units: Readonly<Record<string, number>> = { m: 1e-3, Mi: 2 ** 20, Gi: 2 ** 30 };
  return Number(number) * (units[unit ?? ""] ?? 1);
}

test("everything that commands name is in the manifests", { skip }, () => {
  const made = ["my-cluster", "my-second", "deploy/kubernetes/volume"];
  const manifests = made.flatMap((folder) => applied(folder, -1));
  const kinds: Readonly<Record<string, string>> = {
    deployment: "Deployment",
    statefulset: "StatefulSet",
    service: "Service",
    pvc: "PersistentVolumeClaim",
  };
  const named = [
    ...operations.matchAll(/\b(deployment|statefulset|service|pvc)[/ ]([a-z]+(?:-[a-z]+)*)(?=[ `,):])/g),
  ];
  const found = named.filter(([whole]) => whole.includes("/") || whole.startsWith("pvc"));
  assert.ok(found.length > 10);
  for (const [whole, kind, name] of found) {
    const there = manifests.some((one) => one.kind === kinds[kind!] && one.metadata.name === name);
    assert.ok(there, whole);
  }
});

test("each alert has a section, which its runbook link points to", () => {
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
  const sections = [...operations.matchAll(/^### (Memnet\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections, names);
  const runbooks = [...alerts.matchAll(/runbook_url: (\S+)/g)].map(([, runbook]) => runbook);
  assert.deepEqual(
    runbooks,
    names.map((name) => `docs/operations.md#${name.toLowerCase()}`),
  );
});

test("each exit code is explained", () => {
  const table = operations.slice(operations.indexOf("| code | of | means |"));
  const explained = new Set(
    [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) => codes!.split(", ")),
  );
  const all = [...Object.values(exitStatus), ...Object.values(exitCodes)].map(String);
  for (const code of all) assert.ok(explained.has(code), code);
});
