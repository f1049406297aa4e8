/** How the process ends: codes that scripts and launchers rely on, and the errors that lead to them. */

import { isSystemError, systemText } from "./system-error.ts";

/** 3 and 75 are a coordinator's: see `memnet coordinator --help`. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  runFailed: 3,
  interrupted: 130,
  fenced: 75,
} as const;

/** Written wrongly, or asking for what cannot work: nothing was started. Ends with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** Could not be done, for a reason that the message says whole: no stack. Ends with 1 unless it says otherwise. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code = "COMMAND";
  readonly exitCode: number;
  constructor(
    message: string,
    { exitCode = exitCodes.failure, ...options }: ErrorOptions & { exitCode?: number } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Errors of others whose messages are meant for whoever typed the command. */
const expected = new Set([
  "ConnectTimeoutError",
  "DamagedRunError",
  "DisconnectedError",
  "NoRespondersError",
  "PermissionError",
  "PortInUseError",
  "RefusedError",
  "RequestTimeoutError",
]);

/** Errors of others that say what must be changed before another try. */
const refusals = new Set(["PayloadLimitError", "TaskError"]);

/** The exit code for an error that ended a command, and what to say: a stack only where nobody expected it. */
export function ending(error: unknown): { readonly code: number; readonly text: string } {
  if (!(error instanceof Error)) return { code: exitCodes.failure, text: String(error) };
  // Errors of libraries by their names, since not every command loads them.
  const refuses = error instanceof UsageError || error instanceof RangeError || refusals.has(error.name);
  if (refuses) {
    return { code: exitCodes.usage, text: error.message };
  }
  if (error instanceof CommandError) return { code: error.exitCode, text: error.message };
  if (isSystemError(error)) return { code: exitCodes.failure, text: systemText(error) };
  const text = expected.has(error.name) ? error.message : (error.stack ?? error.message);
  return { code: exitCodes.failure, text };
}
