/**
 * Listens for Ctrl-C and the other signals that end a process. The first asks for an orderly end, the second ends the
 * process at once.
 */

import { exitCodes } from "./exit.ts";
import { complain } from "./output.ts";

export interface Signals extends Disposable {
  /** Aborted by the first signal. */
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
