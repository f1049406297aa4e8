/** A process's log: JSON lines for machines, and a hook that forwards them as messages. */

import { type DestinationStream, destination, pino } from "pino";
import type { LogLevel } from "./log-levels.ts";

/** Fields beside the message, with units last in their names. An Error is written as name, code, message and stack. */
export type LogFields = Record<string, unknown>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns a log that adds these fields to every line. */
  child(fields: LogFields): Log;
}

export interface LogLine {
  /** UTC milliseconds since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LogOptions {
  readonly service: string;
  /** Lines below this level are not written. */
  readonly level?: LogLevel;
  readonly destination?: "stdout" | "stderr" | DestinationStream;
  /** Receives each line of level info and above, except lines that it logs itself. */
  readonly onLine?: (line: LogLine) => void;
}

/** Creates a log based on pino. Writes are synchronous, so that the last lines of a dying process are not lost. */
export function createLog(options: LogOptions): Log {
  const { service, level = "info", onLine } = options;
  const root = pino(
    {
      level,
      base: { service },
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }) },
    },
    openDestination(options.destination ?? "stdout"),
  );
  let forwarding = false;

  function make(bound: LogFields): Log {
    function line(lineLevel: LogLevel, message: string, fields?: LogFields): void {
      const all = fields ? { ...bound, ...plain(fields) } : bound;
      root[lineLevel](all, message);
      if (!onLine || forwarding || lineLevel === "debug") return;
      forwarding = true;
      try {
        onLine({ time: Date.now(), level: lineLevel, service, message, fields: all });
      } catch (error) {
        root.error(plain({ error }), "Cannot forward a log line");
      } finally {
        forwarding = false;
      }
    }
    return {
      debug: (message, fields) => line("debug", message, fields),
      info: (message, fields) => line("info", message, fields),
      warn: (message, fields) => line("warn", message, fields),
      error: (message, fields) => line("error", message, fields),
      child: (fields) => make({ ...bound, ...plain(fields) }),
    };
  }
  return make({});
}

/** Discards everything; for tests and simulations. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

/** Makes an Error's fields enumerable; otherwise it would be written as {}. */
function plain(fields: LogFields): LogFields {
  const result: LogFields = {};
  for (const [name, value] of Object.entries(fields)) {
    result[name] = value instanceof Error ? plainError(value) : value;
  }
  return result;
}

function plainError(error: Error): LogFields {
  const result: LogFields = { name: error.name, message: error.message };
  if ("code" in error) result.code = error.code;
  if (error.stack !== undefined) result.stack = error.stack;
  if (error.cause instanceof Error) result.cause = `${error.cause.name}: ${error.cause.message}`;
  return result;
}

function openDestination(to: "stdout" | "stderr" | DestinationStream): DestinationStream {
  if (to === "stdout") return destination({ dest: 1, sync: true });
  if (to === "stderr") return destination({ dest: 2, sync: true });
  return to;
}
