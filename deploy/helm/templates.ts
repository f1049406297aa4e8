/**
 * The chart's templates: the objects that kustomize renders, with the handful of values that people set in their places.
 * An object that only some overlays or components have stands behind a condition.
 */

import { parseAllDocuments, stringify } from "yaml";
import { rendered, renderedOwn } from "../kubernetes/render.ts";

type Fields = Record<string, unknown>;

interface Manifest extends Fields {
  readonly kind: string;
  readonly metadata: Fields & { readonly name: string; readonly labels?: Fields };
}

/** Each is an overlay, and a value of `cluster`. */
const overlays = ["single-node", "production", "gpu"] as const;

/** What values add, by the value that asks for it: components beside an overlay. */
const options: Readonly<Record<string, readonly string[]>> = {
  ".Values.monitoring.enabled": ["monitoring"],
  ".Values.workers.enabled": ["workers"],
  "and .Values.workers.enabled .Values.workers.onDemand": ["workers-on-demand"],
};

export const helpers = `{{/* An image by its digest, else by its tag. */}}
{{- define "memnet.image" -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag }}{{- end -}}
{{- end -}}
`;

/** An object that some clusters have. */
interface Variant {
  readonly object: Manifest;
  /** The values of `cluster` that have it. */
  readonly clusters: string[];
  /** The options that replace it by another, such as NATS with an exporter beside it. */
  readonly unless: Set<string>;
}

/** By what the object is, whole. */
type Variants = Map<string, Variant>;

/** The template's text by its file's name. */
export function templates(): Record<string, string> {
  const core: Variants = new Map();
  const plain = new Map(overlays.map((cluster) => [cluster, objectsOf(rendered(`overlays/${cluster}`))]));
  for (const [cluster, objects] of plain) for (const object of objects) add(core, object, cluster);
  const files: Record<string, string> = {};
  for (const [option, components] of Object.entries(options)) {
    const added: Variants = new Map();
    for (const [cluster, objects] of plain) {
      const given = objectsOf(withComponents(cluster, components));
      for (const object of without(given, objects)) add(added, object, cluster);
      for (const object of without(objects, given)) core.get(key(object))!.unless.add(option);
    }
    files[`${components.join("-")}.yaml`] = textOf(added, [option]);
  }
  const kept = objectsOf(rendered("volume")).filter(({ kind }) => kind !== "Namespace");
  const volume = kept.map((object) => guarded([], object)).join("");
  return { "memnet.yaml": textOf(core, []), ...files, "volume.yaml": volume };
}

function add(variants: Variants, object: Manifest, cluster: string): void {
  const found = variants.get(key(object)) ?? { object, clusters: [], unless: new Set<string>() };
  found.clusters.push(cluster);
  variants.set(key(object), found);
}

function without(objects: readonly Manifest[], others: readonly Manifest[]): Manifest[] {
  const known = new Set(others.map(key));
  return objects.filter((object) => !known.has(key(object)));
}

function textOf(variants: Variants, conditions: readonly string[]): string {
  return [...variants.values()]
    .map(({ object, clusters, unless }) => {
      const names = clusters.map((name) => JSON.stringify(name)).join(" ");
      const of = clusters.length === overlays.length ? [] : [`has .Values.cluster (list ${names})`];
      const not = [...unless].map((option) => `not (${option})`);
      return guarded([...conditions, ...of, ...not], object);
    })
    .join("");
}

function withComponents(overlay: string, components: readonly string[]): string {
  const listed = components.map((name) => `KUBERNETES/components/${name}`).join(", ");
  return renderedOwn(`namespace: memnet
resources: [KUBERNETES/overlays/${overlay}]
components: [${listed}]
`);
}

/**
 * The objects without their namespace, which is the release's, and without the hash of their content that kustomize adds
 * to names of maps: here an annotation tells the coordinator of a change.
 */
export function objectsOf(text: string): Manifest[] {
  const plain = text.replaceAll(/\b(run|run-settings|nats-config)-[a-z0-9]{10}\b/g, "$1");
  return parseAllDocuments(plain).map((document) => {
    const { metadata, ...rest } = document.toJS() as Manifest;
    const { namespace: _namespace, ...named } = metadata;
    return { ...rest, metadata: named } as Manifest;
  });
}

function key(object: Manifest): string {
  return JSON.stringify(object);
}

/** An object's template, which gives nothing unless all conditions hold. */
function guarded(conditions: readonly string[], object: Manifest): string {
  const text = `---\n${templated(object)}`;
  if (conditions.length === 0) return text;
  const condition =
    conditions.length === 1 ? conditions[0] : `and ${conditions.map((one) => `(${one})`).join(" ")}`;
  return `{{- if ${condition} }}\n${text}{{- end }}\n`;
}

/** What stands in an object for a template, until the object is text whose own braces are escaped. */
const places: Readonly<Record<string, string>> = {
  "memnet:0.1.0": '{{ include "memnet.image" .Values.image }}',
  "memnet-gpu:0.1.0": '{{ include "memnet.image" .Values.gpuImage }}',
  PLACE_RUN: variables(".Values.run"),
  PLACE_GPU_RUN: variables('mergeOverwrite (dict "MEMNET_ENGINE" "webgpu") .Values.run'),
  PLACE_SETTINGS: '{{ toJson .Values.settings | printf "%s\\n" | quote }}',
  PLACE_CHECKSUM: "{{ list .Values.run .Values.settings | toJson | sha256sum }}",
  PLACE_SIZE: "{{ .Values.storage.size }}",
  PLACE_MODE: "{{ .Values.storage.accessMode }}",
  "PLACE_CLASS: null": "{{- with .Values.storage.class }}\n  storageClassName: {{ . }}\n  {{- end }}",
  "PLACE_LABELS: null": "{{- toYaml .Values.monitoring.labels | nindent 4 }}",
};

function variables(map: string): string {
  return `{{- range $name, $value := ${map} }}\n  {{ $name }}: {{ $value | quote }}\n{{- end }}`;
}

function templated(object: Manifest): string {
  const text = stringify(withValues(object), { lineWidth: 0, aliasDuplicateObjects: false })
    .replaceAll("{{", '{{ "{{" }}')
    .replaceAll("nats-monitoring.memnet:", "nats-monitoring.{{ .Release.Namespace }}:");
  return Object.entries(places).reduce((all, [place, template]) => {
    const pattern = new RegExp(`(?<= )${place.replaceAll(".", "\\.")}(?=\\n)`, "g");
    return all.replaceAll(pattern, () => template);
  }, text);
}

function withValues(object: Manifest): Fields {
  const { kind, metadata } = object;
  const { name } = metadata;
  if (kind === "ConfigMap" && name === "run") {
    const isGpu = "MEMNET_ENGINE" in (object.data as Fields);
    return { ...object, data: isGpu ? "PLACE_GPU_RUN" : "PLACE_RUN" };
  }
  if (kind === "ConfigMap" && name === "run-settings")
    return { ...object, data: { "settings.json": "PLACE_SETTINGS" } };
  if (kind === "Deployment" && name === "coordinator") {
    const spec = object.spec as { template: { metadata: Fields } };
    const annotations = { "checksum/run": "PLACE_CHECKSUM" };
    const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations } };
    return { ...object, spec: { ...spec, template } };
  }
  if (kind === "PersistentVolumeClaim") {
    const annotations = { "helm.sh/resource-policy": "keep" };
    const resources = { requests: { storage: "PLACE_SIZE" } };
    const spec = { accessModes: ["PLACE_MODE"], resources, PLACE_CLASS: null };
    return { ...object, metadata: { ...metadata, annotations }, spec };
  }
  if (kind === "PodMonitor" || kind === "PrometheusRule")
    return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, PLACE_LABELS: null } } };
  return object;
}
