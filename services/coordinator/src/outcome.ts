/** How a coordinator's run ends, and the matching exit codes. */

import { exitStatus } from "@memnet/service";

export interface Outcome {
  readonly state: "ended" | "stopped" | "failed";
  readonly step: number;
  readonly reason: string | null;
  /** The first step whose result is in doubt; null if none is. */
  readonly doubtFrom: number | null;
}

/** The run goes back to the newest checkpoint before a step that may be wrong, and on from there. */
export interface Back {
  readonly state: "back";
  readonly before: number;
  readonly reason: string;
}

/** `stopped` is 4 only where a supervisor starts the run for its end; elsewhere a stop is as good an end, and exits with 0. */
export const exitCodes = { ended: 0, refused: 2, failed: 3, stopped: 4, fenced: exitStatus.fenced } as const;

/** Another coordinator holds a newer epoch of the run, so nothing that this one does counts any more. */
export class FencedError extends Error {
  override readonly name = "FencedError";
  readonly code = "FENCED";
  constructor(run: string, epoch: number, newer: string) {
    super(`Cannot continue run ${run}: its epoch must still be ${epoch}, ${newer}`);
  }
}
