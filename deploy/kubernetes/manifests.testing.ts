/** Reads the output of `kubectl kustomize`, as far as the tests need it. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

export const kubernetes = fileURLToPath(new URL(".", import.meta.url));

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly configMapKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources: { readonly requests: Labels; readonly limits: Labels };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Item {
  readonly key: string;
  readonly path: string;
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: {
    readonly secretName: string;
    readonly optional?: boolean;
    readonly items?: readonly Item[];
  };
  readonly projected?: {
    readonly sources: readonly {
      readonly configMap?: { readonly name: string };
      readonly secret?: { readonly name: string; readonly items: readonly Item[] };
    }[];
  };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly emptyDir?: object;
}

export interface PodSpec extends Readonly<Record<string, unknown>> {
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

interface Port {
  readonly port: number | string;
  readonly targetPort?: string;
}

interface Spec extends Readonly<Record<string, unknown>> {
  readonly replicas?: number;
  readonly selector?: Selector;
  readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  readonly podSelector?: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly { readonly from: readonly Peer[]; readonly ports: readonly Port[] }[];
  readonly egress?: readonly { readonly to: readonly Peer[]; readonly ports: readonly Port[] }[];
  readonly ports?: readonly Port[];
  readonly podMetricsEndpoints?: readonly { readonly port: string }[];
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
}

export interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: Spec;
  readonly data?: Labels;
}

/** A Deployment or a StatefulSet, with its pod template. */
export interface Workload {
  readonly manifest: Manifest;
  readonly name: string;
  readonly labels: Labels;
  readonly spec: PodSpec;
}

export interface Rendered {
  readonly name: string;
  readonly text: string;
  readonly manifests: readonly Manifest[];
  readonly workloads: readonly Workload[];
}

/** The keys of the Secret nats-tls, which cert-manager or the reader makes. */
export const certificateKeys = ["tls.crt", "tls.key", "ca.crt"];

/**
 * Renders everything that a cluster may be given: the base, each overlay, production with components, once those for
 * watching and once those for a group of people, and TLS on one server and on three.
 */
export function renderedAll(): Rendered[] {
  const folders = ["base", "overlays/single-node", "overlays/production", "overlays/gpu"];
  const texts = folders.map((folder) => [folder, rendered(folder)] as const);
  const monitored = `namespace: memnet
resources: [KUBERNETES/overlays/production]
components: [KUBERNETES/components/monitoring, KUBERNETES/components/workers, KUBERNETES/components/workers-on-demand]
`;
  const shared = `namespace: memnet
resources: [KUBERNETES/overlays/production]
configMapGenerator:
  - { name: page, literals: [MEMNET_PAGE_NAMES=memnet.example.edu] }
  - { name: tasks, files: [mine.ts] }
  - { name: run, behavior: merge, literals: [MEMNET_TASK=/tasks/mine.ts] }
components:
  - KUBERNETES/components/page-login
  - KUBERNETES/components/workers
  - KUBERNETES/components/researchers
  - KUBERNETES/components/tasks
`;
  const sealed = ["single-node", "production"].map((overlay) => {
    const text = `namespace: memnet
resources: [KUBERNETES/overlays/${overlay}]
components: [KUBERNETES/components/workers, KUBERNETES/components/tls, KUBERNETES/components/certificates]
`;
    return [`sealed ${overlay}`, renderedOwn(text)] as const;
  });
  const own = [
    ["monitored", renderedOwn(monitored)],
    ["shared", renderedOwn(shared, { "mine.ts": "export const task = {};\n" })],
    ...sealed,
  ] as const;
  return [...texts, ...own].map(([name, text]) => {
    const manifests = manifestsOf(text);
    return { name, text, manifests, workloads: workloadsOf(manifests) };
  });
}

/** Renders an overlay as a user has it, in another folder. @param lines in which KUBERNETES stands for this folder */
export function renderedOwn(lines: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-overlay-"));
  try {
    const own = lines.replaceAll("KUBERNETES", relative(folder, kubernetes));
    const all = { ...files, "kustomization.yaml": own };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
    return rendered(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws if kubectl refuses the folder */
export function rendered(folder: string): string {
  const { status, stdout, stderr, error } = spawnSync("kubectl", ["kustomize", folder], {
    cwd: kubernetes,
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${error ?? stderr}`);
  return stdout;
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template = manifest.spec?.template;
    if (!template) return [];
    const { metadata, spec } = template;
    return [{ manifest, name: manifest.metadata.name, labels: metadata.labels, spec }];
  });
}

/** The files of a volume, and where each comes from: of a ConfigMap its text, of a Secret its name and key. */
export function filesOf(volume: Volume, manifests: readonly Manifest[]): Readonly<Record<string, string>> {
  const mapped = (name: string) => {
    const found = manifests.find((one) => one.kind === "ConfigMap" && one.metadata.name === name)?.data;
    if (found === undefined) throw new Error(`there is no ConfigMap ${name}`);
    return found;
  };
  const secret = (name: string, items: readonly Item[]) =>
    Object.fromEntries(items.map(({ key, path }) => [path, `${name}/${key}`]));
  if (volume.configMap) return mapped(volume.configMap.name);
  if (volume.secret) {
    const { secretName, items = certificateKeys.map((key) => ({ key, path: key })) } = volume.secret;
    return secret(secretName, items);
  }
  const sources = volume.projected?.sources ?? [];
  return Object.assign(
    {},
    ...sources.map((one) =>
      one.configMap ? mapped(one.configMap.name) : secret(one.secret!.name, one.secret!.items),
    ),
  );
}

export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== "In") throw new RangeError(`Cannot match by ${operator}: it must be In`);
      return values.includes(labels[key] ?? "");
    })
  );
}
