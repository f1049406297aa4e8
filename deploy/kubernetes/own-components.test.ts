/** Renders the components that docs/operations.md has its readers write: a task of their own, and the page for a group. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithout } from "@memnet/service/testing";
import { manifestsOf, rendered, workloadsOf } from "./manifests.testing.ts";
import { operations } from "./operations.testing.ts";

const skip = skipWithout("kubectl");

/** The file that a command of the guide writes. */
function given(path: string): string {
  const [, indent, text] =
    new RegExp(`^( *)mkdir -p \\S+ && cat >${path} <<END\\n(.*?)^ *END$`, "ms").exec(operations) ?? [];
  assert.ok(text, `the guide writes ${path}`);
  return text.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}

/** Renders production with components, in a folder beside deploy as a reader has it. */
function renderedWith(components: readonly string[], files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "memnet-guide-"));
  try {
    symlinkSync(fileURLToPath(new URL("../../deploy", import.meta.url)), join(folder, "deploy"));
    const overlay = `namespace: memnet
resources: [../deploy/kubernetes/overlays/production]
components: [${components.join(", ")}]
`;
    for (const [path, text] of Object.entries({ ...files, "my-cluster/kustomization.yaml": overlay })) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return manifestsOf(rendered(join(folder, "my-cluster")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the guide's component for a task of one's own mounts it in every service that loads it", {
  skip,
}, () => {
  const workers = "../deploy/kubernetes/components/workers";
  const manifests = renderedWith([workers, "../my-task"], {
    "my-task/kustomization.yaml": given("my-task/kustomization.yaml"),
    "my-task/mine.ts": "export const task = {};\n",
  });
  const [tasks] = manifests.filter(({ data }) => data && "mine.ts" in data);
  const having = workloadsOf(manifests).filter(({ spec }) =>
    spec.volumes?.some(({ configMap }) => configMap?.name === tasks!.metadata.name),
  );
  assert.deepEqual(having.map(({ name }) => name).sort(), [
    "coordinator",
    "data-env",
    "evaluator",
    "operator",
    "trainer",
    "worker",
  ]);
  assert.ok(manifests.some(({ data }) => data?.MEMNET_TASK === "/tasks/mine.ts" && data.MEMNET_RUN));
});

test("the guide's component for the page has one name for page and Ingress, and the login's settings", {
  skip,
}, () => {
  const manifests = renderedWith(["../my-page"], {
    "my-page/kustomization.yaml": given("my-page/kustomization.yaml"),
  });
  const [page] = manifests.filter(({ data }) => data?.MEMNET_PAGE_NAMES);
  assert.equal(page?.data?.MEMNET_PAGE_NAMES, "memnet.example.org");
  const workloads = workloadsOf(manifests);
  const evaluator = workloads.find(({ name }) => name === "evaluator")!.spec.containers[0]!;
  const names = evaluator.env?.find(({ name }) => name === "MEMNET_PAGE_NAMES");
  assert.equal(names?.valueFrom?.configMapKeyRef?.name, page.metadata.name);
  const login = workloads.find(({ name }) => name === "login")!.spec.containers[0]!;
  assert.equal(login.envFrom?.[0]?.configMapRef.name, page.metadata.name);
  const secrets = (login.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
  const made = /create secret generic page-login(.*?)\n *```/s.exec(operations)?.[1] ?? "";
  for (const { name, key } of secrets) {
    assert.equal(name, "page-login");
    assert.ok(made.includes(`--from-literal=${key}=`), key);
  }
  assert.equal(secrets.length, made.match(/--from-literal/g)?.length);
});
