/** The process that hosts a run's actors: started, started again when it dies, stopped when told. */

import { type ChildProcess, spawn } from "node:child_process";
import { exitCodes } from "../exit.ts";
import { type HostMessage, type HostPlan, type HostPorts, writePlan } from "../host/plan.ts";
import { clearLeftLine, complain } from "../output.ts";
import { memnetPath } from "../program.ts";
import type { Outcome } from "./launcher.ts";
import { type Ended, endText, freshTally, verdictOn } from "./restart.ts";

/** Until its snapshot is acknowledged and all is on the disk, which may be slow. */
const stopMsMax = 60_000;

export interface Supervised {
  readonly plan: HostPlan;
  /** For the plan's file, which only this user can read. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told once the run is open, and where its first process serves; those after it serve there too. */
  readonly onOpened: (ports: HostPorts) => void;
}

/** Until the run is over, is given up, or is interrupted and has stopped. */
export async function supervised(
  { plan, scratch, env, onOpened }: Supervised,
  interrupted: AbortSignal,
): Promise<Outcome> {
  let ports: HostPorts | undefined;
  const opened = (found: HostPorts) => {
    if (!ports) {
      clearLeftLine();
      onOpened(found);
    }
    ports ??= found;
  };
  for (let tally = freshTally; ; ) {
    const path = writePlan(scratch, { ...plan, ...ports });
    const ended = await lived(path, env, opened, interrupted);
    clearLeftLine();
    if (interrupted.aborted) return { kind: "interrupted" };
    const verdict = verdictOn("host", tally, ended);
    if (verdict.kind === "over") return { kind: "over", code: ended.code! };
    if (verdict.kind === "give-up") {
      // The process has said why itself.
      return ended.code === exitCodes.usage
        ? { kind: "give-up", why: "Cannot train, for the reason above", code: exitCodes.usage }
        : {
            kind: "give-up",
            why: `Cannot train: the run's process was not started again, since ${verdict.why}, ${endText(ended)}`,
            code: exitCodes.failure,
          };
    }
    tally = verdict.tally;
    const when = verdict.afterMs === 0 ? "at once" : `in ${verdict.afterMs} ms`;
    complain(`The run's process ended ${endText(ended)}; starting it again ${when}`);
    await waited(verdict.afterMs, interrupted);
    if (interrupted.aborted) return { kind: "interrupted" };
  }
}

/** One life of the process, which ends with this one. */
async function lived(
  plan: string,
  env: NodeJS.ProcessEnv,
  opened: (ports: HostPorts) => void,
  interrupted: AbortSignal,
): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [memnetPath, "host", plan], {
    // A group of its own: the terminal's Ctrl-C reaches the launcher alone, which stops all in order.
    detached: true,
    env,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let wasConnected = false;
  child.on("message", ({ ports }: HostMessage) => {
    wasConnected = true;
    opened(ports);
  });
  const kill = () => void killGroup(child);
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill("SIGTERM");
    late = setTimeout(() => {
      complain(`The run's process did not end within ${stopMsMax / 1000} s and was killed`);
      complain("The steps since its last checkpoint will be made again.");
      kill();
    }, stopMsMax);
  };
  process.on("exit", kill);
  interrupted.addEventListener("abort", stop, { once: true });
  if (interrupted.aborted) stop();
  try {
    return await new Promise<Ended>((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) =>
        resolve({ code, signal, livedMs: performance.now() - startedAt, wasConnected });
      child.once("error", (error) => {
        complain(error.message);
        if (child.pid === undefined) ended(exitCodes.failure, null);
      });
      child.once("exit", ended);
    });
  } finally {
    clearTimeout(late);
    interrupted.removeEventListener("abort", stop);
    process.off("exit", kill);
    // What it started ends with it.
    kill();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of the group is left.
  }
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
