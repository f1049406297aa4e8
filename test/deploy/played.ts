/** Runs the manifests' pods with podman, one after the other. The test does what a cluster's controllers would do. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import {
  type Container,
  filesOf,
  type Manifest,
  manifestsOf,
  renderedOwn,
  type Volume,
  type Workload,
  workloadsOf,
} from "../../deploy/kubernetes/manifests.testing.ts";
import type { Secret } from "../../deploy/kubernetes/operations.testing.ts";
import { localName } from "./images.ts";
import type { Podman } from "./podman.ts";

const network = "memnet-kubernetes";

export interface PodState {
  readonly Running: boolean;
  readonly ExitCode: number;
}

export class Played implements AsyncDisposable {
  readonly workloads: readonly Workload[];
  private readonly podman: Podman;
  private readonly manifests: readonly Manifest[];
  /** Holds the files of volumes that are made of ConfigMaps and Secrets. */
  private readonly folder: string;
  private readonly pods = new Map<string, string[]>();

  /**
   * @param run    literals of the run's ConfigMap
   * @param secret the Secret with the passwords
   */
  static async create(podman: Podman, run: readonly string[], secret: Secret): Promise<Played> {
    const images = ["memnet", "nats"].map(
      (name) => `{ name: ${name}, newName: ${localName(name)}, newTag: latest }`,
    );
    const overlay = `namespace: memnet
resources: [KUBERNETES/volume, KUBERNETES/overlays/single-node]
images: [${images.join(", ")}]
configMapGenerator:
  - name: run
    behavior: merge
    literals: ${JSON.stringify(run)}
`;
    const folder = await mkdtemp(join(tmpdir(), "memnet-volumes-"));
    const played = new Played(podman, manifestsOf(renderedOwn(overlay)), folder);
    await podman.podman("network", "create", network);
    await played.give(played.manifests.filter(({ kind }) => kind === "PersistentVolumeClaim"));
    await played.mount(secret);
    return played;
  }

  private constructor(podman: Podman, manifests: readonly Manifest[], folder: string) {
    this.podman = podman;
    this.manifests = manifests;
    this.workloads = workloadsOf(manifests);
    this.folder = folder;
  }

  /** Writes the files that pods mount, as the kubelet does; also those of pods that run. */
  async mount(secret: Secret): Promise<void> {
    for (const { name, spec } of this.workloads) {
      for (const volume of (spec.volumes ?? []).filter(isOfFiles)) {
        const root = this.folderOf(name, volume);
        await mkdir(root, { recursive: true, mode: 0o755 });
        // The Secret nats-tls is optional, and not there.
        if (volume.secret?.optional) continue;
        for (const [path, from] of Object.entries(filesOf(volume, this.manifests))) {
          const [, key] = /^nats-passwords\/(\S+)$/.exec(from) ?? [];
          const at = join(root, path);
          await mkdir(dirname(at), { recursive: true, mode: 0o755 });
          await writeFile(at, key === undefined ? from : Buffer.from(secret.data[key]!, "base64"));
        }
      }
    }
  }

  /** Starts or stops pods until there are `count`; stops the newest first. */
  async scale(name: string, count: number): Promise<void> {
    const pods = this.of(name);
    while (pods.length < count) await this.play(name, pods.length);
    while (pods.length > count) await this.stop(name);
  }

  /** Does what `kubectl delete pod --now` does, and what a Deployment then does. */
  async replace(name: string): Promise<void> {
    const pod = this.of(name).pop()!;
    await this.podman.podman("pod", "rm", "--force", "--time", "0", pod);
    await this.play(name, this.of(name).length);
  }

  of(name: string): string[] {
    const pods = this.pods.get(name) ?? [];
    this.pods.set(name, pods);
    return pods;
  }

  exec(name: string, ...args: string[]): Promise<string> {
    return this.podman.podman("exec", this.container(name), ...args);
  }

  /** Returns the answer of a pod's port to a probe. */
  async probe(name: string, { path, port: wanted }: { path: string; port: string }): Promise<Response> {
    const { ports = [] } = this.containerOf(name);
    const { containerPort } = ports.find((port) => port.name === wanted)!;
    return fetch(`http://${await this.address(name)}:${containerPort}${path}`);
  }

  /** Returns the folder of a claim's volume on this machine. */
  volume(claim: string): Promise<string> {
    return this.podman.podman("volume", "inspect", "--format", "{{.Mountpoint}}", claim);
  }

  containerOf(name: string): Container {
    return this.workload(name).spec.containers[0]!;
  }

  /** Stops a workload's newest pod as Kubernetes does. @returns its container's exit code */
  async stop(name: string): Promise<number> {
    const container = this.container(name);
    const seconds = this.workload(name).spec.terminationGracePeriodSeconds;
    await this.podman.podman("stop", "--time", String(seconds), container);
    const format = ["--format", "{{json .State}}"];
    const { ExitCode } = JSON.parse(await this.podman.podman("inspect", ...format, container)) as PodState;
    await this.podman.podman("pod", "rm", "--force", this.of(name).pop()!);
    return ExitCode;
  }

  /** Returns the last lines of every pod's log, for a failure's message. */
  async told(): Promise<string> {
    const pods = [...this.pods].flatMap(([name, of]) =>
      of.map((pod) => `${pod}-${this.containerOf(name).name}`),
    );
    const logs = pods.map(async (container) => {
      const said = await this.podman.podman("logs", "--tail", "15", container).catch(String);
      return `== ${container}\n${said}`;
    });
    return (await Promise.all(logs)).join("\n");
  }

  /** Pods have to end in the network namespace in which they were made. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman.podman("pod", "rm", "--all", "--force", "--time", "0");
    await rm(this.folder, { recursive: true });
  }

  private folderOf(name: string, volume: Volume): string {
    return join(this.folder, name, volume.name);
  }

  private async play(name: string, index: number): Promise<void> {
    const { labels, spec } = this.workload(name);
    // A StatefulSet's Service names its pods by number; podman's network resolves a pod's own name.
    const podName = index === 0 ? name : `${name}-${index}`;
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: podName, labels },
      spec: this.playable(name, spec),
    };
    await this.give([...this.manifests.filter(({ kind }) => kind === "ConfigMap"), pod]);
    this.of(name).push(podName);
  }

  private async give(objects: readonly object[]): Promise<void> {
    const text = objects.map((one) => stringify(one)).join("---\n");
    await this.withFile(text, (path) => this.podman.podman("kube", "play", "--network", network, path));
  }

  /**
   * Removes what podman treats differently: it publishes a container's ports on the machine, where two pods cannot have
   * the same port, and needs systemd for probes. The test sends the probes itself. Volumes of files are folders of this
   * machine.
   */
  private playable(name: string, spec: Workload["spec"]): object {
    const containers = spec.containers.map(
      ({ ports: _, startupProbe: _s, livenessProbe: _l, readinessProbe: _r, ...container }) => container,
    );
    const volumes = (spec.volumes ?? []).map((volume) =>
      isOfFiles(volume)
        ? { name: volume.name, hostPath: { path: this.folderOf(name, volume), type: "Directory" } }
        : volume,
    );
    return { ...spec, containers, volumes };
  }

  private workload(name: string): Workload {
    return this.workloads.find((one) => one.name === name)!;
  }

  /** podman names a pod's container after both the pod and the container. */
  private container(name: string): string {
    return `${this.of(name).at(-1)}-${this.containerOf(name).name}`;
  }

  private async address(name: string): Promise<string> {
    const infra = await this.podman.podman(
      "pod",
      "inspect",
      "--format",
      "{{.InfraContainerID}}",
      this.of(name).at(-1)!,
    );
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return this.podman.podman("inspect", "--format", format, infra);
  }

  private async withFile<Result>(text: string, use: (path: string) => Promise<Result>): Promise<Result> {
    const folder = await mkdtemp(join(tmpdir(), "memnet-play-"));
    try {
      const path = join(folder, "file");
      await writeFile(path, text, { mode: 0o600 });
      return await use(path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** podman of Debian 12 mounts no Secrets and no projected volumes. */
function isOfFiles({ configMap, secret, projected }: Volume): boolean {
  return Boolean(configMap ?? secret ?? projected);
}
