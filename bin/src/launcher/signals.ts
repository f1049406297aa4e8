/** Ctrl-C, and what else asks a process to end: the first is for an end in order, the second ends all at once. */

import { exitCodes } from "../exit.ts";
import { complain } from "../output.ts";

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
