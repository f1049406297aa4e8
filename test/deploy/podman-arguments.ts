/** Translates a service of a Compose file into arguments for podman. Pure. */

import { isAbsolute, join } from "node:path";
import type { Service } from "./compose-file.ts";
import { localName } from "./images.ts";

export interface Surroundings {
  /** The Compose file's folder, which its paths are relative to. */
  readonly folder: string;
  /** The prefix of the names of containers, volumes and the network. */
  readonly project: string;
}

/** The arguments of `podman run`, without the container's name and what is done with it. */
export function podmanArguments(name: string, service: Service, { folder, project }: Surroundings): string[] {
  const { entrypoint, command = [], healthcheck, user, mem_limit, pids_limit, stop_grace_period } = service;
  const network = service.network_mode ?? `${project}_default`;
  return [
    "--pull=never",
    `--network=${network}`,
    ...(service.network_mode ? [] : [`--network-alias=${name}`]),
    `--restart=${service.restart}`,
    `--read-only=${service.read_only}`,
    // Docker provides no writable folders except those that are named.
    "--read-only-tmpfs=false",
    ...service.tmpfs.map((path) => `--tmpfs=${path}`),
    ...service.cap_drop.map((capability) => `--cap-drop=${capability}`),
    ...service.cap_add.map((capability) => `--cap-add=${capability}`),
    ...service.security_opt.map((option) => `--security-opt=${option.replace(/:true$/, "")}`),
    ...given("--user", user),
    ...given("--memory", mem_limit),
    ...given("--pids-limit", pids_limit),
    ...given("--stop-timeout", stop_grace_period === undefined ? undefined : secondsOf(stop_grace_period)),
    ...given("--entrypoint", entrypoint === undefined ? undefined : JSON.stringify(entrypoint)),
    ...healthArguments(healthcheck),
    ...Object.entries(service.environment).map(([variable, value]) => `--env=${variable}=${value}`),
    ...service.ports.map((port) => `--publish=${anyPort(port)}`),
    ...service.volumes.map((volume) => `--volume=${mount(volume, folder, project)}`),
    localName(service.image),
    ...command,
  ];
}

function given(flag: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${flag}=${value}`];
}

function healthArguments(healthcheck: Service["healthcheck"]): string[] {
  if (!healthcheck) return [];
  if ("disable" in healthcheck) return ["--no-healthcheck"];
  const { test, interval, timeout, start_period, retries } = healthcheck;
  const [kind, ...command] = test;
  if (kind !== "CMD") throw new RangeError(`A health check must be a command without a shell, got ${kind}`);
  return [
    // podman adds the leading keyword itself.
    `--health-cmd=${JSON.stringify(command)}`,
    `--health-interval=${interval}`,
    `--health-timeout=${timeout}`,
    `--health-start-period=${start_period}`,
    `--health-retries=${retries}`,
  ];
}

function secondsOf(duration: string): number {
  const [, seconds] = /^(\d+)s$/.exec(duration) ?? [];
  if (seconds === undefined) throw new RangeError(`Durations must be whole seconds, got ${duration}`);
  return Number(seconds);
}

/** Publishes on the same address but a free port, since this machine may use the default one. */
function anyPort(port: string): string {
  const [, inside] = /^127\.0\.0\.1:\d+:(\d+)$/.exec(port) ?? [];
  if (inside === undefined) throw new RangeError(`Ports must be of this machine alone, got ${port}`);
  return `127.0.0.1::${inside}`;
}

function mount(volume: string, folder: string, project: string): string {
  const [from, ...rest] = volume.split(":");
  const isPath = from!.startsWith(".") || isAbsolute(from!);
  return [isPath ? join(folder, from!) : `${project}_${from}`, ...rest].join(":");
}
