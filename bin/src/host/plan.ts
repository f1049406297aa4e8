/**
 * What a launcher tells the process that hosts a run's actors. The plan is a file, so that a restarted process can read
 * it again.
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, type RunConfig } from "memnet";
import type { Turn } from "../text/progress.ts";

/** The port where Prometheus looks for /targets, as configured in deploy/prometheus. */
export const metricsPortDefault = 8098;

export interface HostPlan {
  readonly run: string;
  readonly config: RunConfig;
  /** Initial parameters, if they are not drawn from the seed. */
  readonly initial: Float32Array | null;
  readonly runsDir: string;
  /** The port of the runs' page; 0 takes any free port, null the default one or any free one. */
  readonly port: number | null;
  /** The port of /metrics, chosen in the same way. */
  readonly metricsPort: number | null;
  /** The Unix socket to serve; null if the run's messages travel over the NATS that the environment names. */
  readonly socket: string | null;
  /** Null if the run is the only one. */
  readonly turn: Turn | null;
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
