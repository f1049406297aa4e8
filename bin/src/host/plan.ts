/** What a launcher asks of the process that hosts a run's actors: a file, since a process that dies is started again. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, type RunConfig } from "memnet";
import type { Turn } from "../text/progress.ts";

/** Where Prometheus looks for /targets, as deploy/prometheus has it. */
export const metricsPortDefault = 8098;

export interface HostPlan {
  readonly run: string;
  readonly config: RunConfig;
  /** Parameters to start from where they are not the seed's. */
  readonly initial: Float32Array | null;
  readonly runsDir: string;
  /** Of the runs' page; 0 takes a free one, null the usual one or a free one. */
  readonly port: number | null;
  /** Of /metrics; the same. */
  readonly metricsPort: number | null;
  /** The Unix socket to serve; null if the run's messages travel over NATS, as the environment names it. */
  readonly socket: string | null;
  /** Null where the run is the only one. */
  readonly turn: Turn | null;
}

/** The ports that a host serves at. */
export interface HostPorts {
  readonly port: number;
  readonly metricsPort: number;
}

/** @returns the path of the plan */
export function writePlan(folder: string, { initial, ...plan }: HostPlan): string {
  const path = join(folder, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  // The run before this one may have had some.
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
