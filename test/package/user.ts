/** A user's folder: the package installed from its tarball, and the tools that people use it with, from npm. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Binaries that npm has for this machine, under names that say which they are. */
const machine = `${process.platform}-${process.arch}`;
const tools: Readonly<Record<string, string>> = {
  node20: `npm:node-${machine}@20.19.0`,
  node22: `npm:node-${machine}@22.23.3`,
  node24: `npm:node-${machine}@24.21.0`,
  deno: `npm:@deno/${machine}${process.platform === "linux" ? "-glibc" : ""}@2.9.6`,
  bun: `npm:@oven/bun-${machine.replace("arm64", "aarch64")}@1.4.5`,
  vite: "8.4.0",
  esbuild: "0.28.2",
  typescript: "7.0.2",
  "@types/node": "20.19.0",
  publint: "0.3.25",
  "@arethetypeswrong/cli": "0.18.5",
};

export interface Done {
  readonly out: string;
  readonly err: string;
}

export class User implements AsyncDisposable {
  readonly folder: string;
  /** The folder of the tools, so that nothing of theirs is found from the user's own. */
  readonly tools: string;
  readonly tarball: string;
  private readonly base: string;

  private constructor(base: string, tarball: string) {
    this.base = base;
    this.folder = join(base, "a user's own folder");
    this.tools = join(base, "tools");
    this.tarball = tarball;
  }

  /** Packs the package and installs it and the tools; takes half a minute. */
  static async begin(): Promise<User> {
    const base = await mkdtemp(join(tmpdir(), "memnet-package-"));
    try {
      const packed = await run("npm", ["pack", "./package", "--json", "--pack-destination", base], {
        cwd: root,
      });
      // prepack prints to the same stream, before the JSON.
      const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.lastIndexOf("\n[") + 1)) as [
        { filename: string },
      ];
      const user = new User(base, join(base, filename));
      await writeFiles(user.folder, {
        "package.json": `{ "name": "user", "private": true, "type": "module" }\n`,
      });
      await writeFiles(user.tools, {
        "package.json": JSON.stringify({ private: true, dependencies: tools }),
      });
      const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
      await run("npm", install, { cwd: user.tools });
      await run("npm", [...install, user.tarball], { cwd: user.folder });
      return user;
    } catch (error) {
      await rm(base, { recursive: true, force: true });
      throw error;
    }
  }

  write(files: Readonly<Record<string, string>>): Promise<void> {
    return writeFiles(this.folder, files);
  }

  /** A file of a tool. */
  tool(...path: readonly string[]): string {
    return join(this.tools, "node_modules", ...path);
  }

  /** Runs a program in the user's folder; what it prints is in the error if it fails. */
  async run(program: string, args: readonly string[]): Promise<Done> {
    try {
      const { stdout, stderr } = await run(program, args, { ...this.place, maxBuffer: 1 << 26 });
      return { out: stdout, err: stderr };
    } catch (cause) {
      const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
      throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause });
    }
  }

  /** Starts a program in the user's folder, which ends by itself or by `memnet stop`. */
  start(program: string, args: readonly string[]): ChildProcess {
    return spawn(program, args, { ...this.place, stdio: ["ignore", "pipe", "inherit"] });
  }

  private get place() {
    const env = { PATH: process.env.PATH, HOME: this.base, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
    return { cwd: this.folder, env };
  }

  /** What the package costs: the tarball's bytes, and the packages in the user's folder. */
  async size(): Promise<{ readonly bytes: number; readonly packages: readonly string[] }> {
    const names = await readdir(join(this.folder, "node_modules"));
    const packages = names.filter((name) => !name.startsWith("."));
    return { bytes: (await stat(this.tarball)).size, packages };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.base, { recursive: true, force: true });
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}
