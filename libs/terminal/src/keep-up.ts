/**
 * Keeps a process running: restarts it when it dies, as restart.ts decides, until its work is over or it is stopped.
 */

import type { Life } from "./life.ts";
import { type Ended, freshTally, type Kept, verdictOn } from "./restart.ts";
import { waited } from "./waited.ts";

export interface KeepUpOptions {
  /** How long the process may take to stop. */
  readonly stopMsMax: number;
  /** Called when the process has died and is about to be restarted. */
  readonly onAgain: (ended: Ended, afterMs: number) => void;
  /** Called when the process did not stop in time and is killed. */
  readonly onLate?: () => void;
}

export type KeepUpResult =
  /** The process has finished its work. */
  | { readonly kind: "over"; readonly ended: Ended }
  | { readonly kind: "give-up"; readonly why: string; readonly ended: Ended }
  /** The signal was aborted and the process has ended. */
  | { readonly kind: "stopped" };

/** @param start starts the process once */
export async function keepUp(
  kept: Kept,
  start: () => Life,
  { stopMsMax, onAgain, onLate }: KeepUpOptions,
  signal: AbortSignal,
): Promise<KeepUpResult> {
  for (let tally = freshTally; !signal.aborted; ) {
    const ended = await lived(start(), stopMsMax, onLate, signal);
    if (signal.aborted) break;
    const verdict = verdictOn(kept, tally, ended);
    if (verdict.kind === "over") return { kind: "over", ended };
    if (verdict.kind === "give-up") return { ...verdict, ended };
    tally = verdict.tally;
    onAgain(ended, verdict.afterMs);
    await waited(verdict.afterMs, signal);
  }
  return { kind: "stopped" };
}

async function lived(
  life: Life,
  stopMsMax: number,
  onLate: (() => void) | undefined,
  signal: AbortSignal,
): Promise<Ended> {
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    life.terminate();
    late = setTimeout(() => {
      onLate?.();
      life.kill();
    }, stopMsMax);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await life.ended;
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
  }
}
