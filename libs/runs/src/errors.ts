/** Errors of a run's files. */

import { RefusedError } from "@memnet/protocol";

/** The run's files are not as an evaluator writes them. */
export class DamagedRunError extends Error {
  override readonly name = "DamagedRunError";
  readonly code = "DAMAGED";
  readonly run: string;
  readonly why: string;
  constructor(run: string, why: string, options?: ErrorOptions) {
    super(`Cannot use run ${run}: ${why}`, options);
    this.run = run;
    this.why = why;
  }
}

/** The run is not there. */
export function noSuchRun(run: string, root: string): DamagedRunError {
  // A name that is none may have any length.
  return new DamagedRunError(run.slice(0, 64), `there is none of that name in ${root}`);
}

/** Returns the errno code of a failed disk operation, such as ENOSPC; undefined for any other error. */
export function diskCode(error: unknown): string | undefined {
  if (error instanceof RefusedError) return undefined;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
