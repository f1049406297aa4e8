/**
 * Builds a substitute for the Dockerfile's base image, since no image registry is used: Debian by debootstrap, with the
 * same release of Node.js. It is kept as an archive, because it takes longest to build and seldom changes.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";

const dockerfile = new URL("../../deploy/docker/Dockerfile", import.meta.url);
const certificates = "/etc/ssl/certs/ca-certificates.crt";

/** @returns the archive, which is built if the cache has none made by this recipe */
export async function baseArchive(cache: string): Promise<string> {
  const recipe = await readFile(new URL(import.meta.url), "utf8");
  const wanted = wantedIn(await readFile(dockerfile, "utf8"));
  const hash = createHash("sha256")
    .update(JSON.stringify([recipe, wanted, process.arch]))
    .digest("hex");
  const archive = join(cache, `base-${hash.slice(0, 16)}.tar`);
  if (existsSync(archive)) return archive;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, ".base-"));
  try {
    const root = join(work, "root");
    await fill(root, wanted);
    const half = join(work, "base.tar");
    await command("tar", ["--create", "--file", half, "--directory", root, "--sort=name", "."]);
    await rename(half, archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return archive;
}

/** Reads the releases from the Dockerfile's default base, such as node:24.21.0-bookworm-slim. */
function wantedIn(text: string): { node: string; suite: string } {
  const [, node, suite] = /^ARG BASE=node:([\d.]+)-(\w+)-slim$/m.exec(text) ?? [];
  if (!node || !suite) throw new Error("The Dockerfile's BASE must be node:RELEASE-SUITE-slim");
  return { node, suite };
}

async function fill(root: string, { node, suite }: { node: string; suite: string }): Promise<void> {
  // The health checks of the NATS and Prometheus images call busybox's wget.
  await command("debootstrap", ["--variant=minbase", "--include=ca-certificates,busybox", suite, root]);
  const prefix = join(root, "usr", "local");
  const packaged = `node-linux-${process.arch}`;
  await command("npm", ["install", "--global", "--prefix", prefix, `${packaged}@${node}`, "npm@11"]);
  await rm(join(prefix, "bin", "node"), { force: true });
  await rename(join(prefix, "lib", "node_modules", packaged, "bin", "node"), join(prefix, "bin", "node"));
  await rm(join(prefix, "lib", "node_modules", packaged), { recursive: true });
  await symlink("/bin/busybox", join(root, "usr", "bin", "wget"));
  // Lets npm in the image reach its registry as it does on this machine.
  if (existsSync(certificates)) {
    await copyFile(certificates, join(root, certificates));
    await chmod(join(root, certificates), 0o644);
  }
  await command("find", [
    join(root, "var/cache/apt/archives"),
    join(root, "var/lib/apt/lists"),
    "-type",
    "f",
    "-delete",
  ]);
}
