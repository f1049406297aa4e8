/** Ctrl-C, and what else asks a process to end: the first is for an end in order, the second ends all at once. */

import { exitCodes } from "../exit.ts";
import { complain } from "../output.ts";
import type { Launcher } from "./launcher.ts";

export interface Signals extends Disposable {
  /** Aborted by the first. */
  readonly interrupted: AbortSignal;
}

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function listenForSignals(): Signals {
  const interruption = new AbortController();
  const onSignal = () => {
    if (interruption.signal.aborted) {
      complain("Ended at once.");
      process.exit(exitCodes.interrupted);
    }
    interruption.abort();
  };
  for (const name of names) process.on(name, onSignal);
  return {
    interrupted: interruption.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** A launcher ends in order where this process is told to; however the process ends, nothing that it started stays. */
export function governs(interrupted: AbortSignal, launcher: Launcher): Disposable {
  const interrupt = () => launcher.interrupt();
  const kill = () => launcher.kill();
  interrupted.addEventListener("abort", interrupt);
  if (interrupted.aborted) interrupt();
  process.on("exit", kill);
  return {
    [Symbol.dispose]() {
      interrupted.removeEventListener("abort", interrupt);
      process.off("exit", kill);
    },
  };
}
