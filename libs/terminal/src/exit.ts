/** Exit codes, which scripts and launchers rely on, and the errors that lead to them. */

import { isSystemError, systemText } from "./system-error.ts";

/** 3, 4 and 75 come from a coordinator: see `memnet coordinator --help`. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  runFailed: 3,
  runStopped: 4,
  interrupted: 130,
  fenced: 75,
} as const;

/** The command line is wrong or asks for something that cannot work. Nothing was started. Exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** A failure whose message gives the full reason, so that no stack is printed. Exits with 1 by default. */
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

/** Library errors whose messages are meant for the user. */
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

/** Library errors that mean something must be changed before another try. */
const refusals = new Set(["PayloadLimitError", "TaskError"]);

/** Returns the exit code and the text for an error that ended a command. Only unexpected errors show their stack. */
export function ending(error: unknown): { readonly code: number; readonly text: string } {
  if (!(error instanceof Error)) return { code: exitCodes.failure, text: String(error) };
  // Library errors are matched by name, since not every command loads the libraries.
  const refuses = error instanceof UsageError || error instanceof RangeError || refusals.has(error.name);
  if (refuses) {
    return { code: exitCodes.usage, text: error.message };
  }
  if (error instanceof CommandError) return { code: error.exitCode, text: error.message };
  if (isSystemError(error)) return { code: exitCodes.failure, text: systemText(error) };
  const text = expected.has(error.name) ? error.message : (error.stack ?? error.message);
  return { code: exitCodes.failure, text };
}
