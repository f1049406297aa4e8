/** Reads the output of `kubectl kustomize`, as far as the tests need it. */

import { parseAllDocuments } from "yaml";
import { kubernetes, rendered, renderedOwn } from "./render.ts";

export { kubernetes, rendered, renderedOwn };

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
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
  /** Sidecars, which run beside the containers. */
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
}

interface Port {
  readonly port: number | string;
  readonly targetPort?: string;
}

interface Template {
  readonly metadata: { readonly labels: Labels };
  readonly spec: PodSpec;
}

interface Spec extends Readonly<Record<string, unknown>> {
  readonly replicas?: number;
  readonly selector?: Selector;
  readonly template?: Template;
  readonly jobTemplate?: { readonly spec: { readonly template: Template } };
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

/** A Deployment, StatefulSet, Job or CronJob, with its pod template. */
export interface Workload {
  readonly manifest: Manifest;
  readonly name: string;
  /** The component: what its process is. */
  readonly component: string;
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
 * Renders everything that a cluster may be given, each with the volume: the base, each overlay, production with components,
 * once those for watching and once those for a group of people, Jobs beside production, and TLS on one server and on three.
 * A process renders it once.
 */
export function renderedAll(): readonly Rendered[] {
  all ??= renderAll();
  return all;
}

let all: readonly Rendered[] | undefined;

function renderAll(): Rendered[] {
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
  const tasks = `configMapGenerator:
  - { name: tasks, namespace: memnet, files: [mine.ts] }
  - { name: run, namespace: memnet, behavior: merge, literals: [MEMNET_TASK=/tasks/mine.ts] }
`;
  const jobs = `namespace: memnet
resources: [KUBERNETES/job, KUBERNETES/workers-job]
components: [KUBERNETES/components/kueue, KUBERNETES/components/tasks]
${tasks}`;
  const beside = `namespace: memnet
resources: [KUBERNETES/overlays/production]
components: [KUBERNETES/components/priority, KUBERNETES/components/verify, KUBERNETES/components/tasks]
${tasks}`;
  const files = { "mine.ts": "export const task = {};\n" };
  const own = [
    ["monitored", renderedOwn(monitored)],
    ["shared", renderedOwn(shared, files)],
    ["jobs", `${renderedOwn(beside, files)}---\n${renderedOwn(jobs, files)}`],
    ...sealed,
  ] as const;
  const volume = rendered("volume");
  return [...texts, ...own].map(([name, rest]) => {
    const text = `${rest}---\n${volume}`;
    const manifests = manifestsOf(text);
    return { name, text, manifests, workloads: workloadsOf(manifests) };
  });
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template = manifest.spec?.template ?? manifest.spec?.jobTemplate?.spec.template;
    if (!template) return [];
    const { name } = manifest.metadata;
    const { labels } = template.metadata;
    const component = labels["app.kubernetes.io/component"]!;
    // Kubernetes adds this one.
    const ofJob = manifest.kind.endsWith("Job") ? { "batch.kubernetes.io/job-name": name } : {};
    return [{ manifest, name, component, labels: { ...labels, ...ofJob }, spec: template.spec }];
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
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === "DoesNotExist") return !(key in labels);
      if (operator !== "In")
        throw new RangeError(`Cannot match by ${operator}: it must be In or DoesNotExist`);
      return values.includes(labels[key] ?? "");
    })
  );
}
