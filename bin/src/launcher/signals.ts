/** What a launcher does when it is told to end. */

import { exitCodes } from "../exit.ts";
import { complain } from "../output.ts";
import type { Launcher } from "./launcher.ts";

/** The first signal stops in order, the second ends all at once. */
export function listenForSignals(launcher: Launcher): () => void {
  let got = false;
  const onSignal = () => {
    if (got) {
      complain("Ended at once.");
      process.exit(exitCodes.interrupted);
    }
    got = true;
    launcher.interrupt();
  };
  // However this process ends, nothing that it started stays.
  const onExit = () => launcher.kill();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  process.on("exit", onExit);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off("exit", onExit);
  };
}
