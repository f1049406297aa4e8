/** Builds the test's images: memnet's own from its Dockerfile, and substitutes for those from a registry. */

import { copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseArchive } from "./base.ts";
import { command } from "./command.ts";
import type { Podman } from "./podman.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/**
 * chroot isolation, since a container inside the build would need more of the machine; docker format, since OCI has no
 * health checks.
 */
const build = ["bud", "--isolation", "chroot", "--format", "docker", "--layers"];

/** Local programs that replace images, with the entry points of those images. */
const standIns: Readonly<Record<string, { program: string; entrypoint: readonly string[] }>> = {
  nats: { program: "nats-server", entrypoint: ["nats-server"] },
  prometheus: { program: "prometheus", entrypoint: ["/bin/prometheus"] },
};

/** Services without a program here, and the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  grafana: "neither Debian nor PyPI has Grafana; its dashboards are held to a real Prometheus by npm test",
  "nats-exporter": "neither Debian nor PyPI has NATS' exporter; its alerts are held to promtool by npm test",
};

/** The local name of an image that a file calls nats:2.15.0-alpine, prom/prometheus:v3.13.3 or memnet:0.1.0. */
export function localName(image: string): string {
  return `localhost/${image.replace(/^.*\//, "").replace(/:.*$/, "")}`;
}

/** Builds localhost/memnet, localhost/nats and localhost/prometheus. */
export async function buildImages(podman: Podman, cache: string): Promise<void> {
  const change = "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt";
  await podman.podman("import", "--change", change, await baseArchive(cache), "localhost/base");
  for (const [name, { program, entrypoint }] of Object.entries(standIns)) {
    await buildStandIn(podman, name, program, entrypoint);
  }
  await buildTarget(podman, "memnet", "localhost/memnet");
}

/** Builds localhost/memnet-gpu. */
export function buildGpuImage(podman: Podman): Promise<void> {
  return buildTarget(podman, "gpu", "localhost/memnet-gpu");
}

async function buildTarget(podman: Podman, target: string, tag: string): Promise<void> {
  const file = join(root, "deploy", "docker", "Dockerfile");
  const base = ["--build-arg", "BASE=localhost/base"];
  await podman.buildah(...build, ...base, "--target", target, "--tag", tag, "--file", file, root);
}

async function buildStandIn(
  podman: Podman,
  name: string,
  program: string,
  entrypoint: readonly string[],
): Promise<void> {
  const context = await mkdtemp(join(podman.folder, "image-"));
  await copyFile(await command("which", [program]), join(context, program));
  const lines = [
    "FROM localhost/base",
    `COPY ${program} /usr/bin/${program}`,
    `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
  ];
  await writeFile(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  await podman.buildah(...build, "--tag", `localhost/${name}`, context);
}
