/** Runs the services of a Compose file as podman containers. */

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type ComposeFile, readComposeFile, stopOrder } from "./compose-file.ts";
import { leftOut } from "./images.ts";
import type { Podman } from "./podman.ts";
import { podmanArguments } from "./podman-arguments.ts";

const path = fileURLToPath(new URL("../../deploy/compose.yaml", import.meta.url));

const linesTold = 15;

export interface State {
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly Pid: number;
  readonly OOMKilled: boolean;
}

export class Composed implements AsyncDisposable {
  readonly file: ComposeFile;
  private readonly podman: Podman;
  private readonly project: string;
  private readonly containers = new Map<string, string[]>();

  /** @param environment values for the file's variables */
  static async create(podman: Podman, environment: Readonly<Record<string, string>>): Promise<Composed> {
    const file = readComposeFile(await readFile(path, "utf8"), environment);
    await podman.podman("network", "create", `${file.name}_default`);
    for (const volume of Object.keys(file.volumes)) {
      await podman.podman("volume", "create", `${file.name}_${volume}`);
    }
    return new Composed(podman, file);
  }

  private constructor(podman: Podman, file: ComposeFile) {
    this.podman = podman;
    this.file = file;
    this.project = file.name;
  }

  /** The services that `up` starts, without those that have no image here. */
  get usual(): string[] {
    return Object.keys(this.file.services).filter((name) => {
      return this.service(name).profiles.length === 0 && !Object.hasOwn(leftOut, name);
    });
  }

  /** Starts or stops containers until there are `count`; stops the newest first. */
  async scale(name: string, count: number): Promise<void> {
    const running = this.containers.get(name) ?? [];
    this.containers.set(name, running);
    while (running.length < count) {
      const container = `${this.project}-${name}-${running.length + 1}`;
      running.push(container);
      await this.podman.podman("run", "--detach", `--name=${container}`, ...this.arguments(name));
    }
    while (running.length > count) await this.stop(running.pop()!);
  }

  /** Does what `docker compose run --rm` does. @returns its output */
  once(name: string, ...command: string[]): Promise<string> {
    const service = { ...this.service(name), command };
    return this.podman.podman("run", "--rm", ...podmanArguments(name, service, this.surroundings));
  }

  /** Does what `docker compose kill --signal` does. */
  async signal(container: string, signal: string): Promise<void> {
    await this.podman.podman("kill", "--signal", signal, container);
  }

  of(name: string): readonly string[] {
    return this.containers.get(name) ?? [];
  }

  /** Returns the container of a service that has exactly one. */
  only(name: string): string {
    const [container, ...more] = this.of(name);
    if (container === undefined || more.length > 0) throw new Error(`There must be one ${name}`);
    return container;
  }

  async state(container: string): Promise<State> {
    return JSON.parse(await this.podman.podman("inspect", "--format", "{{json .State}}", container));
  }

  exec(container: string, ...command: string[]): Promise<string> {
    return this.podman.podman("exec", container, ...command);
  }

  /** Fails if the health check fails. */
  async checkHealth(container: string): Promise<void> {
    await this.podman.podman("healthcheck", "run", container);
  }

  /** Describes the state of each container, with its last output. */
  async told(): Promise<string> {
    const containers = [...this.containers.values()].flat();
    const texts = containers.map(async (container) => {
      const { Running, ExitCode } = await this.state(container);
      const how = Running ? "runs" : `ended with ${ExitCode}`;
      return `== ${container}: ${how}\n${await this.podman.logs(container, linesTold)}`;
    });
    return (await Promise.all(texts)).join("\n");
  }

  /** Returns the address at which this machine reaches a container's published port. */
  async address(name: string, port: number): Promise<string> {
    return `http://${await this.podman.podman("port", this.only(name), String(port))}`;
  }

  /** Returns a volume's folder on this machine. */
  volume(name: string): Promise<string> {
    return this.podman.podman("volume", "inspect", "--format", "{{.Mountpoint}}", `${this.project}_${name}`);
  }

  /** Stops all containers in Compose's order. @returns the exit code of each, by name */
  async down(): Promise<Record<string, number>> {
    const codes: Record<string, number> = {};
    for (const name of stopOrder(this.file)) {
      const containers = this.containers.get(name) ?? [];
      for (const container of containers) codes[container] = await this.stop(container);
      this.containers.delete(name);
    }
    return codes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman.podman("rm", "--all", "--force", "--time", "0", "--volumes");
    await this.podman.podman("network", "rm", `${this.project}_default`);
    await this.podman.podman(
      "volume",
      "rm",
      ...Object.keys(this.file.volumes).map((volume) => `${this.project}_${volume}`),
    );
  }

  private async stop(container: string): Promise<number> {
    await this.podman.podman("stop", container);
    const { ExitCode } = await this.state(container);
    await this.podman.podman("rm", container);
    return ExitCode;
  }

  private service(name: string) {
    const service = this.file.services[name];
    if (!service) throw new Error(`compose.yaml has no service ${name}`);
    return service;
  }

  private arguments(name: string): string[] {
    return podmanArguments(name, this.service(name), this.surroundings);
  }

  private get surroundings() {
    return { folder: dirname(path), project: this.project };
  }
}
