/** Debian's podman and buildah with their own store, networks and settings, which are removed completely at the end. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";

/**
 * runc also works with cgroups of version 1 beside 2. Without systemd, only cgroupfs and a file for events work. cni's
 * dnsmasq resolves names, since the aardvark-dns of Debian 12 restarts whenever a container comes or goes, and may be
 * gone then.
 */
const settings = `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "cni"
`;

/** Short names are looked up in no registry: an image is local or missing. */
const registries = `unqualified-search-registries = []\n`;

export class Podman implements AsyncDisposable {
  /** The folder and its contents are removed at the end. */
  readonly folder: string;

  static async create(): Promise<Podman> {
    const podman = new Podman(await mkdtemp(join(tmpdir(), "memnet-podman-")));
    for (const name of ["root", "networks"]) await mkdir(join(podman.folder, name));
    await writeFile(join(podman.folder, "containers.conf"), settings);
    await writeFile(join(podman.folder, "registries.conf"), registries);
    return podman;
  }

  /** The store that `npm run test:deploy` has made for this process's part. */
  static given(): Podman {
    const folder = process.env.MEMNET_PODMAN;
    if (!folder) throw new Error("This is a part of `npm run test:deploy`, which makes the images");
    return new Podman(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  private run(program: string, args: readonly string[], both = false): Promise<string> {
    const place = ["--root", join(this.folder, "root"), "--runroot", join(this.folder, "run")];
    return command(program, [...place, ...args], {
      both,
      env: {
        ...process.env,
        CONTAINERS_CONF: join(this.folder, "containers.conf"),
        CONTAINERS_REGISTRIES_CONF: join(this.folder, "registries.conf"),
      },
    });
  }

  podman(...args: string[]): Promise<string> {
    return this.run("podman", [...this.own(), ...args]);
  }

  /** Returns a container's last output. */
  logs(container: string, lines: number): Promise<string> {
    return this.run("podman", [...this.own(), "logs", "--tail", String(lines), container], true);
  }

  buildah(...args: string[]): Promise<string> {
    return this.run("buildah", args);
  }

  private own(): string[] {
    return ["--tmpdir", join(this.folder, "tmp"), "--network-config-dir", join(this.folder, "networks")];
  }

  /** Containers and networks have ended with their namespaces by now, if not before. */
  async [Symbol.asyncDispose](): Promise<void> {
    const containers = await this.containers();
    for (const place of await this.mounts()) await command("umount", ["--lazy", place]);
    await rm(this.folder, { recursive: true, force: true });
    for (const id of containers) await removeGroups(id);
  }

  /** Lists containers that were not removed, from the files: podman does not list those that ended without it. */
  private async containers(): Promise<string[]> {
    const root = join(this.folder, "root");
    const kinds = (await readdir(root)).filter((name) => name.endsWith("-containers"));
    const names = (await Promise.all(kinds.map((kind) => readdir(join(root, kind))))).flat();
    return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
  }

  /** Lists the mounts below the folder, the innermost first. */
  private async mounts(): Promise<string[]> {
    const lines = (await readFile("/proc/self/mounts", "utf8")).split("\n");
    return lines
      .flatMap((line) => line.split(" ")[1] ?? [])
      .filter((place) => place.startsWith(`${this.folder}/`))
      .reverse();
  }
}

/** Removes the control groups of a container that ended with its namespaces. */
async function removeGroups(id: string): Promise<void> {
  await command("find", ["/sys/fs/cgroup", "-depth", "-type", "d", "-path", `*/libpod-${id}*`, "-delete"]);
}
