/** Which pods reach which: selectors match pods, and network policies allow what is needed and nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import {
  type Labels,
  type Manifest,
  matches,
  type Peer,
  renderedAll,
  type Workload,
} from "./manifests.testing.ts";

const skip = skipWithout("kubectl");
const all = skip ? [] : renderedAll();

test("each selector matches pods, and no two workloads have the same pods", { skip }, () => {
  assert.ok(all.length > 0);
  for (const { name, manifests, workloads } of all) {
    // A Job's controller gives it a selector of its own.
    const standing = workloads.filter(({ manifest }) => !manifest.kind.endsWith("Job"));
    for (const { manifest, labels } of standing) {
      const found = standing.filter((other) => matches(manifest.spec!.selector!, other.labels));
      assert.deepEqual(
        found.map((other) => other.labels),
        [labels],
        `${name}: ${manifest.metadata.name}`,
      );
    }
    for (const { kind, metadata, spec } of manifests) {
      const where = `${name}: ${kind} ${metadata.name}`;
      if (kind === "Service") {
        const behind = workloads.filter(({ labels }) =>
          matches({ matchLabels: spec!.selector as Labels }, labels),
        );
        assert.equal(behind.length, 1, where);
        for (const { targetPort } of spec!.ports!) assert.ok(portsOf(behind[0]!).has(targetPort!), where);
      }
      if (kind === "PodDisruptionBudget" || kind === "PodMonitor") {
        const found = workloads.filter(({ labels }) => matches(spec!.selector!, labels));
        assert.ok(found.length > 0, where);
        // Kubernetes cannot count the pods of a Job for a budget in percent, and then lets none go.
        if (kind === "PodDisruptionBudget")
          assert.ok(
            found.every((one) => standing.includes(one)),
            where,
          );
        for (const { port } of spec!.podMetricsEndpoints ?? [])
          for (const one of found) assert.ok(portsOf(one).has(port), where);
      }
      if (kind === "HorizontalPodAutoscaler") {
        const target = spec!.scaleTargetRef!;
        assert.ok(
          workloads.some((one) => one.name === target.name && one.manifest.kind === target.kind),
          where,
        );
      }
    }
  }
});

test("policies deny everything, then name ports that exist on pods that exist", { skip }, () => {
  for (const { name, manifests, workloads } of all) {
    const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
    const [deny] = policies.filter(({ metadata }) => metadata.name === "deny");
    assert.deepEqual(deny?.spec, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    for (const { metadata, spec } of policies) {
      const where = `${name}: NetworkPolicy ${metadata.name}`;
      const subjects = workloads.filter(({ labels }) => matches(spec!.podSelector!, labels));
      assert.ok(subjects.length > 0, where);
      for (const { from, ports } of spec!.ingress ?? []) {
        assert.ok(from.length > 0 && ports.length > 0, `${where} lets in everybody, or everything`);
        for (const { port } of ports)
          for (const one of subjects)
            assert.ok(portsOf(one).has(port), `${where}: ${one.name} has no ${port}`);
        for (const peer of from) assert.ok(isElsewhere(peer) || peersIn(peer, workloads).length > 0, where);
      }
      for (const { to, ports } of spec!.egress ?? []) {
        assert.ok(to.length > 0 && ports.length > 0, `${where} lets out to everybody, or everything`);
        for (const peer of to.filter((one) => !isElsewhere(one))) {
          const found = peersIn(peer, workloads);
          assert.ok(found.length > 0, where);
          for (const { port } of ports)
            for (const one of found)
              assert.ok(portsOf(one).has(port), `${where}: ${one.name} has no ${port}`);
        }
      }
    }
  }
});

/** The ports of a pod that another one needs. */
function openTo(from: string, to: string, servers: number): number[] {
  if (from === "login") return to === "evaluator" ? [8097] : [];
  if (to !== "nats" || from === "verify") return [];
  return from !== "nats" ? [4222] : servers > 1 ? [6222] : [];
}

test("every pod reaches NATS, three servers reach each other, the login the page, and no others each other", {
  skip,
}, () => {
  for (const { name, manifests, workloads } of all) {
    const servers = workloads.find((one) => one.name === "nats")!.manifest.spec!.replicas!;
    for (const from of workloads) {
      for (const to of workloads) {
        const open = [...portsOf(to)].filter(
          (port) => typeof port === "number" && flows(manifests, from, to, port),
        );
        const wanted = openTo(from.name, to.name, servers);
        assert.deepEqual(open, wanted, `${name}: ${from.name} to ${to.name}`);
      }
    }
  }
});

test("other namespaces reach only metrics, the page and the queue's length, each with its own label", {
  skip,
}, () => {
  for (const { name, manifests, workloads } of all) {
    for (const to of workloads) {
      const open = manifests
        .filter(({ kind, spec }) => kind === "NetworkPolicy" && matches(spec!.podSelector!, to.labels))
        .flatMap(({ spec }) => spec!.ingress ?? [])
        .flatMap(({ from, ports }) =>
          from
            .filter(isElsewhere)
            .flatMap(({ namespaceSelector }) =>
              Object.keys(namespaceSelector?.matchLabels ?? {}).map((label) => `${label} ${ports[0]?.port}`),
            ),
        );
      const serveNothing = ["login", "nats", "operator", "researcher", "verify"];
      const metrics = serveNothing.includes(to.name) ? [] : ["memnet-metrics 9100"];
      const hasWorkers = workloads.some(({ name }) => name === "worker");
      if (to.component === "worker" && hasWorkers) metrics.push("memnet-metrics 9101");
      if (to.name === "nats" && name === "monitored")
        metrics.push("memnet-metrics 7777", "memnet-queue 8222");
      // Behind a login nobody else reaches the page.
      const isShared = name === "shared";
      const page = to.name === "evaluator" && !isShared ? ["memnet-page 8097"] : [];
      if (to.name === "login") page.push("memnet-page 4180");
      assert.deepEqual(open.sort(), [...metrics, ...page], `${name}: ${to.name}`);
    }
  }
});

/** Reports whether the policies allow `from` to send to a port of `to`, and `to` to receive it. */
function flows(manifests: readonly Manifest[], from: Workload, to: Workload, port: number): boolean {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy").map(({ spec }) => spec!);
  const of = (subject: Workload) => policies.filter((one) => matches(one.podSelector!, subject.labels));
  const out = of(from).flatMap(({ egress = [] }) => egress.map((one) => ({ peers: one.to, ...one })));
  const into = of(to).flatMap(({ ingress = [] }) => ingress.map((one) => ({ peers: one.from, ...one })));
  const admits = (rules: typeof out | typeof into, peer: Workload) =>
    rules.some(
      ({ peers, ports }) =>
        ports.some((one) => one.port === port) && peers.some((one) => peersIn(one, [peer]).length > 0),
    );
  return admits(out, to) && admits(into, from);
}

/** Reports whether a peer is outside this namespace. */
function isElsewhere({ podSelector }: Peer): boolean {
  return podSelector === undefined;
}

function peersIn({ podSelector, namespaceSelector }: Peer, workloads: readonly Workload[]): Workload[] {
  if (!podSelector || namespaceSelector) return [];
  return workloads.filter(({ labels }) => matches(podSelector, labels));
}

/** A workload's ports by name and by number. */
function portsOf({ spec }: Workload): Set<string | number> {
  return new Set(
    spec.containers.flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, containerPort }) => [name, containerPort]),
    ),
  );
}
