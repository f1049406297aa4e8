/** Runs one service as a process of its own. Settings come from flags, or else from the environment. */

import { setFlagsFromString } from "node:v8";
import type { ActorSettings, LogLevel, LogLine } from "@memnet/service";
import { exitCodes, type Told } from "@memnet/terminal";
import type { Command } from "commander";
import { wholeOf } from "./configure/flags.ts";
import { checkRunName } from "./configure/runs-dir.ts";
import { version } from "./program.ts";

export interface ServiceFlags {
  readonly natsUrl?: string;
  readonly machine?: string;
  readonly metricsPort?: string;
  readonly metricsHost?: string;
  readonly logLevel?: string;
}

export interface CommonSettings extends ActorSettings {
  readonly logLevel: LogLevel;
  readonly metricsPort: number;
  readonly version: string;
}

/** Adds the flags that every service takes. Users and passwords are not flags, since other users can read those. */
export function serviceFlags(command: Command): Command {
  return command
    .option(
      "--nats-url <url>",
      "nats://host:4222, several with commas between (NATS_URL; default: on this machine)",
    )
    .option("--machine <name>", "this machine's name (MEMNET_MACHINE; default: the host name)")
    .option(
      "--metrics-port <number>",
      "of /metrics and /healthz (MEMNET_METRICS_PORT; default: 0, a free one)",
    )
    .option("--metrics-host <address>", "where they are served (MEMNET_METRICS_HOST; default: 127.0.0.1)")
    .option("--log-level <level>", "debug, info, warn or error (MEMNET_LOG_LEVEL; default: info)");
}

/** Adds the flag of services that may end when there is nothing left to do. */
export function idleFlag(command: Command): Command {
  return command.option(
    "--idle-timeout <seconds>",
    "end after so long without work, 15 to 86400, for jobs that give their machine back (MEMNET_IDLE_TIMEOUT; default: wait for more)",
  );
}

export const idleHelp = `
Exit codes with --idle-timeout: 0 nothing was left to do, 4 stopped on request, 1 anything else.`;

/**
 * --idle-timeout, else MEMNET_IDLE_TIMEOUT; undefined without either. The queue gives out the run of a dead worker after
 * 10 s, which a shorter time than 15 s could miss.
 */
export function idleMsMaxOf(flag: string | undefined): number | undefined {
  const text = flag ?? (process.env.MEMNET_IDLE_TIMEOUT || undefined);
  return text === undefined ? undefined : 1000 * wholeOf("--idle-timeout", text, 15, 86_400);
}

/** The exit code of a service that may end when idle: a Job whose node is drained must not look complete. */
export function idleExitCode(end: "idle" | "stopped", idleMsMax: number | undefined): number {
  return end === "stopped" && idleMsMax !== undefined ? exitCodes.runStopped : exitCodes.done;
}

export const serviceHelp = `
Also from the environment: NATS_USER and NATS_PASSWORD, or NATS_USER_FILE and NATS_PASSWORD_FILE. With tls:// in
NATS_URL, NATS_CA_FILE names certificates to believe in place of the system's, NATS_CERT_FILE and NATS_KEY_FILE the
service's own, where the server asks for one; all are PEM files.
MEMNET_METRICS_NAMES: further names, with commas between them, by which scrapers reach the metrics.
SIGTERM or SIGINT stops it; a second signal ends it at once.`;

/** @throws RangeError naming the variable, the rule and the value */
export async function commonSettings(flags: ServiceFlags): Promise<CommonSettings> {
  const { readSettings } = await import("@memnet/service");
  const given = {
    NATS_URL: flags.natsUrl,
    MEMNET_MACHINE: flags.machine,
    MEMNET_METRICS_PORT: flags.metricsPort,
    MEMNET_METRICS_HOST: flags.metricsHost,
    MEMNET_LOG_LEVEL: flags.logLevel,
  };
  const written = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = readSettings({ ...process.env, MEMNET_RUN: undefined, ...written });
  return {
    connection: process.env.MEMNET_SOCKET ? { socket: process.env.MEMNET_SOCKET } : settings.nats,
    onConnected: () => tell({ connected: true }),
    ...(onLogLineTold && { onLogLine: onLogLineTold }),
    machine: settings.machine,
    logLevel: settings.logLevel,
    metricsPort: settings.metricsPort ?? 0,
    metricsHost: settings.metricsHost,
    metricsNames: settings.metricsNames,
    version: version(),
  };
}

/** Sends a message to the process that started this one, if that is memnet too. */
export function tell(told: Told): void {
  if (process.env.MEMNET_LAUNCHED === "1") process.send?.(told);
}

/** Receives log lines in place of stderr, if the process that started this one wants them. */
export const onLogLineTold = process.env.MEMNET_LOG_TOLD ? (line: LogLine) => tell({ line }) : undefined;

/** --run, else MEMNET_RUN, else null. */
export function runOf(flag: string | undefined): string | null {
  const name = flag ?? (process.env.MEMNET_RUN || null);
  return name === null ? null : checkRunName(name);
}

/** Errors that another try would meet again, since the request cannot be met. */
const refusals = new Set([
  "UsageError",
  "RangeError",
  "TaskError",
  "PortInUseError",
  "OtherFolderError",
  "PayloadLimitError",
  "QueueError",
]);

/** An evaluator ends with its launcher too, so a coordinator's last snapshot may never be acknowledged. */
const orphanMsMax = 10_000;

/**
 * Buffers of gradients and parameters come and go, some megabytes a step, beside a small heap that hardly changes. The
 * collector counts them as growth of that heap and marks all of it again every dozen steps, so the heap may grow to
 * five times its size before a collection. That takes up to 65 MB more per process, and cuts a step of
 * original-dnc-repeat-copy from 10.8 to 4.8 ms (mean of 1,300, two cores).
 */
const heapGrowth = "--heap-growing-percent=400";

/**
 * Runs a service until it ends or is stopped by a signal; never returns.
 *
 * @param onLogLine receives the process's own log, which then does not go to stderr
 */
export async function serve(
  name: string,
  logLevel: LogLevel,
  main: (signal: AbortSignal) => Promise<number | undefined>,
  onLogLine = onLogLineTold,
): Promise<never> {
  setFlagsFromString(heapGrowth);
  const { createLog, runUntilSignal } = await import("@memnet/service");
  const destination = onLogLine ? { write() {} } : "stderr";
  const log = createLog({
    service: name,
    level: logLevel,
    destination,
    ...(onLogLine && { onLine: onLogLine }),
  });
  if (process.env.MEMNET_LAUNCHED === "1") {
    process.once("disconnect", () => setTimeout(() => process.exit(exitCodes.failure), orphanMsMax));
  }
  return runUntilSignal(async (signal) => {
    try {
      process.exit((await main(signal)) ?? exitCodes.done);
    } catch (error) {
      if (!(error instanceof Error && refusals.has(error.name))) throw error;
      log.error(error.message);
      process.exit(exitCodes.usage);
    }
  }, log);
}
