/** Ends a process: on a signal, when its launcher exits, or after an unexpected error. */

import type { Log } from "./log.ts";

/** Exit codes, which launchers, containers and scripts rely on. 2 is reserved for command-line usage errors. */
export const exitStatus = {
  done: 0,
  failed: 1,
  /** Another process has taken over the run, or the runs folder. */
  fenced: 75,
  interrupted: 130,
  terminated: 143,
} as const;

const signalStatus = { SIGINT: exitStatus.interrupted, SIGTERM: exitStatus.terminated } as const;

/** The reason for an abort. */
export class StopError extends Error {
  override readonly name = "StopError";
  readonly code = "STOP";
  readonly source: "SIGINT" | "SIGTERM" | "launcher";
  constructor(source: "SIGINT" | "SIGTERM" | "launcher") {
    super(source === "launcher" ? "Stopping: the launcher is gone" : `Stopping: got ${source}`);
    this.source = source;
  }
}

/**
 * Runs until `run` ends, then exits the process: with 0 if `run` finished or was stopped, with 1 if it failed. SIGINT,
 * SIGTERM and the launcher's exit (with MEMNET_LAUNCHED=1 and an IPC channel) abort the signal. A second SIGINT or
 * SIGTERM exits at once, with 130 or 143; not under a launcher, which uses SIGKILL for that. Slurm and systemd signal
 * every process, and the launcher then passes its signal on to one that has had it.
 */
export async function runUntilSignal(run: (signal: AbortSignal) => Promise<void>, log: Log): Promise<never> {
  const stop = new AbortController();
  const launched = process.env.MEMNET_LAUNCHED === "1";
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted && !launched) process.exit(signalStatus[name]);
      log.info(`Got ${name}, stopping${launched ? "" : "; a second signal ends at once"}`);
      stop.abort(new StopError(name));
    });
  }
  if (launched) {
    const launcherGone = (): void => {
      log.warn("The launcher is gone, stopping");
      stop.abort(new StopError("launcher"));
    };
    // Undefined if there never was a channel, false if it has already closed.
    if (process.connected) process.once("disconnect", launcherGone);
    else if (process.connected === false) launcherGone();
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log.error("Cannot continue: an unexpected error", { error });
      process.exit(exitStatus.failed);
    });
  }
  try {
    await run(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) {
      log.error("Cannot continue", { error });
      process.exit(exitStatus.failed);
    }
  }
  process.exit(exitStatus.done);
}
