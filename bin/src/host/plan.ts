/** What a launcher tells its processes. A plan is a file, so that a restarted process can read it again. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, type RunConfig } from "memnet";
import type { Series } from "../text/progress.ts";

/** The port where Prometheus looks for /targets, as configured in deploy/prometheus. */
export const metricsPortDefault = 8098;

/** The plan of a hub, a process with the evaluator and the page alone, which the hosts of several runs join. */
export interface HubPlan {
  readonly runsDir: string;
  /** The port of the runs' page; 0 takes any free port, null the default one or any free one. */
  readonly port: number | null;
  /** The port of /metrics, chosen in the same way. */
  readonly metricsPort: number | null;
  /** The Unix socket to serve; null if the run's messages travel over the NATS that the environment names. */
  readonly socket: string | null;
  /** How the user starts memnet, for commands that are shown. */
  readonly program: string;
}

/** The plan of a host, a process with all actors of a run. */
export interface HostPlan extends HubPlan {
  readonly run: string;
  readonly config: RunConfig;
  /** Initial parameters, if they are not drawn from the seed. */
  readonly initial: Float32Array | null;
  /** Whether a hub has the evaluator and the page; the host then joins its network. */
  readonly joins: boolean;
  /** Null if the run is the only one. */
  readonly series: Series | null;
}

/** @returns the path of the plan */
export function writeHubPlan(folder: string, plan: HubPlan): string {
  const path = join(folder, "hub.json");
  writeFileSync(path, JSON.stringify(plan));
  return path;
}

export function readHubPlan(path: string): HubPlan {
  return JSON.parse(readFileSync(path, "utf8")) as HubPlan;
}

/** @returns the path of the plan */
export function writePlan(folder: string, { initial, ...plan }: HostPlan): string {
  const path = join(folder, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  // An earlier run may have left its parameters here.
  rmSync(initialOf(path), { force: true });
  if (initial) writeFileSync(initialOf(path), bytesOf(initial));
  return path;
}

export function readPlan(path: string): HostPlan {
  const plan = JSON.parse(readFileSync(path, "utf8")) as Omit<HostPlan, "initial">;
  const file = initialOf(path);
  return {
    ...plan,
    initial: existsSync(file) ? new Float32Array(new Uint8Array(readFileSync(file)).buffer) : null,
  };
}

function initialOf(plan: string): string {
  return `${plan}.initial`;
}
