/**
 * Checks docs/operations.md: the commands that readers copy work as far as they can without a cluster, and everything
 * that the page names exists.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { exitStatus } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { exitCodes } from "../../services/coordinator/src/outcome.ts";
import { manifestsOf, rendered as renderedFolder, renderedOwn, workloadsOf } from "./manifests.testing.ts";
import { operations, secretCommand, written } from "./operations.testing.ts";

const skip = skipWithout("kubectl");
const alerts = readFileSync(new URL("../prometheus/rules/alerts.yml", import.meta.url), "utf8");
const values = { REGISTRY: "registry.example.org/memnet" };

/** Renders the overlay that a reader's file makes. */
function rendered(path: string) {
  return manifestsOf(renderedOwn(written(path, values).replaceAll("../deploy/kubernetes", "KUBERNETES")));
}

test("the reader's overlay has the reader's images and run, and is monitored", { skip }, () => {
  const manifests = rendered("my-cluster/kustomization.yaml");
  const workloads = workloadsOf(manifests);
  const images = new Set(workloads.flatMap(({ spec }) => spec.containers.map(({ image }) => image)));
  assert.ok(images.has("registry.example.org/memnet/memnet:0.1.0"), [...images].join());
  assert.equal(images.size, 2, "memnet's and NATS'");
  const { envFrom } = workloads.find(({ name }) => name === "coordinator")!.spec.containers[0]!;
  const run = manifests.find(({ metadata }) => metadata.name === envFrom?.[0]?.configMapRef.name)?.data;
  assert.deepEqual(
    [run?.MEMNET_RUN, run?.MEMNET_PRESET, run?.MEMNET_STEPS],
    ["copy-1", "original-ntm-copy", "100000"],
  );
  for (const { kind, metadata } of manifests) {
    if (kind === "Namespace") continue;
    assert.equal(metadata.namespace, "memnet", `${kind} ${metadata.name}`);
    if (kind.startsWith("P")) assert.equal(metadata.labels?.release, "kube-prometheus-stack", kind);
  }
  assert.ok(manifests.some(({ kind }) => kind === "PodMonitor"));
});

test("a second run is one more coordinator, with pods of its own", { skip }, () => {
  const [first] = workloadsOf(rendered("my-cluster/kustomization.yaml")).filter(
    ({ name }) => name === "coordinator",
  );
  const manifests = rendered("my-second/kustomization.yaml");
  const [second, ...more] = workloadsOf(manifests);
  assert.deepEqual([second?.name, more.length], ["coordinator-second", 0]);
  const selector = (one: typeof first) => one?.manifest.spec?.selector?.matchLabels;
  assert.notDeepEqual(selector(second), selector(first));
  assert.deepEqual(
    second?.labels,
    { ...first?.labels, "app.kubernetes.io/instance": "second" },
    "policies know it",
  );
  const env = (one: typeof first) => one?.spec.containers[0]?.env;
  assert.deepEqual(env(second), env(first), "and it is the same in everything else");
  assert.equal(manifests.find(({ data }) => data?.MEMNET_RUN)?.data?.MEMNET_RUN, "copy-2");
});

test("one command makes all passwords that the manifests ask for, of letters only", { skip }, () => {
  const command = `${secretCommand()} --dry-run=client --output=json`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { metadata, data } = JSON.parse(stdout);
  assert.deepEqual(metadata, { ...metadata, name: "nats-passwords", namespace: "memnet" });
  const asked = workloadsOf(rendered("my-cluster/kustomization.yaml")).flatMap(({ spec }) =>
    spec.containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? []),
    ),
  );
  assert.deepEqual(Object.keys(data).sort(), [...new Set(asked)].sort());
  const passwords = Object.values(data).map((value) => Buffer.from(String(value), "base64").toString());
  for (const password of passwords) assert.match(password, /^[a-z]{40}$/);
  assert.equal(new Set(passwords).size, passwords.length);
});

test("everything that commands name is in the manifests", { skip }, () => {
  const manifests = [...rendered("my-cluster/kustomization.yaml"), ...manifestsOf(renderedFolder("volume"))];
  const kinds: Readonly<Record<string, string>> = {
    deployment: "Deployment",
    service: "Service",
    pvc: "PersistentVolumeClaim",
  };
  const named = [...operations.matchAll(/\b(deployment|service|pvc)[/ ]([a-z]+(?:-[a-z]+)*)(?=[ `,):])/g)];
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
  const runbooks = [...alerts.matchAll(/runbook: (\S+)/g)].map(([, runbook]) => runbook);
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
