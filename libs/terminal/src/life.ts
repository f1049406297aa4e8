/** Runs one process of this program, in a process group of its own that never outlives this process. */

import { spawn } from "node:child_process";
import type { LogLine } from "@memnet/service";
import { exitCodes } from "./exit.ts";
import { complain, saidTo } from "./output.ts";
import type { Ended } from "./restart.ts";

/** The ports that a host serves. */
export interface HostPorts {
  readonly port: number;
  readonly metricsPort: number;
}

/** Messages from a process to the one that started it. */
export type Told =
  /** The process has started; a host also reports its ports. */
  | { readonly connected: true; readonly ports?: HostPorts }
  /** A line of the process's log. */
  | { readonly line: LogLine };

export interface LifeOptions {
  /** The path of memnet.js. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the log goes: to this process's stderr, to an open file, or line by line to `onTold`. */
  readonly log: "inherit" | number | "told";
  readonly onTold?: (told: Told) => void;
}

export interface Life {
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  /** Asks the process to end. */
  terminate(): void;
  /** Kills the process and everything that it has started. */
  kill(): void;
}

/** @param args the arguments of memnet */
export function begin(args: readonly string[], { program, env, log, onTold }: LifeOptions): Life {
  const startedAt = performance.now();
  const [out, problems] = typeof log === "number" ? [log, log] : [saidTo(), "inherit" as const];
  const child = spawn(process.execPath, [program, ...args], {
    // The terminal's Ctrl-C must not reach the process: its parent stops it in an orderly way.
    detached: true,
    env: { ...env, MEMNET_LAUNCHED: "1", ...(log === "told" && { MEMNET_LOG_TOLD: "1" }) },
    stdio: ["ignore", out, problems, "ipc"],
  });
  let wasConnected = false;
  child.on("message", (told: Told) => {
    wasConnected ||= "connected" in told;
    onTold?.(told);
  });
  const { pid } = child;
  const kill = () => killGroup(pid);
  process.on("exit", kill);
  const ended = new Promise<Ended>((resolve) => {
    const over = (code: number | null, signal: NodeJS.Signals | null) => {
      process.off("exit", kill);
      // Also kill everything that the process has started.
      kill();
      resolve({ code, signal, livedMs: performance.now() - startedAt, wasConnected });
    };
    child.once("error", (error) => {
      complain(error.message);
      if (pid === undefined) over(exitCodes.failure, null);
    });
    child.once("exit", over);
  });
  return { pid, ended, terminate: () => void child.kill("SIGTERM"), kill };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // No process of the group is left.
  }
}
