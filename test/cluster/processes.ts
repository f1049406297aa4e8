/** The processes of one run on a cluster, for tests and benchmarks that start all of them on one machine. */

import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { listen } from "@memnet/service";
import type { Kept } from "@memnet/terminal";

/** The program that a user starts. */
export const memnetPath = fileURLToPath(new URL("../../bin/memnet.js", import.meta.url));

export interface ClusterPlan {
  readonly run: string;
  readonly runsDir: string;
  readonly trainers: number;
  readonly dataEnvs: number;
  /** The coordinator reads this file at each start. */
  readonly configFile: string;
}

export interface ProcessPlan {
  readonly role: Exclude<Kept, "host">;
  /** The role; a trainer's has a number, and so have several data-envs': `trainer 2`. */
  readonly title: string;
  /** The arguments of memnet. */
  readonly args: readonly string[];
}

/** Lists the processes in the order in which they are started. */
export function processPlans({ run, runsDir, trainers, dataEnvs, configFile }: ClusterPlan): ProcessPlan[] {
  const one = (role: ProcessPlan["role"], args: readonly string[], title: string = role): ProcessPlan => ({
    role,
    title,
    args: [role, ...args],
  });
  const many = (role: "trainer" | "data-env", count: number, args: readonly string[]) =>
    Array.from({ length: count }, (_, index) =>
      one(role, args, role === "data-env" && count === 1 ? role : `${role} ${index + 1}`),
    );
  return [
    one("evaluator", ["--runs-dir", runsDir, "--page-port", "0"]),
    one("coordinator", ["--run", run, "--config", configFile, "--exit-at-end"]),
    ...many("data-env", dataEnvs, []),
    ...many("trainer", trainers, ["--run", run]),
  ];
}

/** Returns a port that no process listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, 0, "127.0.0.1");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** This process's environment without variables that would configure the processes that it starts. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name === "MEMNET_PROGRAM" || !/^(MEMNET|NATS)_/.test(name),
    ),
  );
}

/** The processes that a process has started; none if it has ended. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}
