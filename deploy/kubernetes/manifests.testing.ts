/** Reads the output of `kubectl kustomize`, as far as the tests need it. */

import { parseAllDocuments } from "yaml";
import { rendered, renderedOwn } from "./render.ts";

export { rendered, renderedOwn };

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
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
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

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
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

/**
 * Renders everything that a cluster may be given, each with the volume: the base, each overlay, production with
 * components, and Jobs beside production.
 */
export function renderedAll(): Rendered[] {
  const folders = ["base", "overlays/single-node", "overlays/production", "overlays/gpu"];
  const texts = folders.map((folder) => [folder, rendered(folder)] as const);
  const monitored = `namespace: memnet
resources: [KUBERNETES/overlays/production]
components: [KUBERNETES/components/monitoring, KUBERNETES/components/workers, KUBERNETES/components/workers-on-demand]
`;
  const jobs = renderedOwn(`namespace: memnet
resources: [KUBERNETES/job, KUBERNETES/workers-job]
components: [KUBERNETES/components/kueue]
`);
  const base = renderedOwn(`namespace: memnet
resources: [KUBERNETES/overlays/production]
components: [KUBERNETES/components/priority, KUBERNETES/components/verify]
`);
  const more = [
    ["monitored", renderedOwn(monitored)],
    ["jobs", `${base}---\n${jobs}`],
  ] as const;
  const volume = rendered("volume");
  return [...texts, ...more].map(([name, own]) => {
    const text = `${own}---\n${volume}`;
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
