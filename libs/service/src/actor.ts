/** The environment of an actor: connection, log, metrics and health. It is the same for every service. */

import { messages, type Role, subjects } from "@memnet/protocol";
import { type Connection, connect } from "./bus/connection.ts";
import { Outage } from "./bus/outage.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Health, type SharedHealth, serveHealth } from "./health.ts";
import { Journal } from "./journal.ts";
import { createLog, type Log, type LogLine } from "./log.ts";
import type { LogLevel } from "./log-levels.ts";
import { Messenger } from "./messenger/messenger.ts";
import { buildInfo, createMetrics, type Metrics } from "./metrics.ts";

/** Everything an actor needs from outside; a simulation provides its own. */
export interface Actor {
  readonly role: Role;
  readonly machine: string;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly journal: Journal;
  /** The port that serves the actor's metrics; null if they are not served. */
  metricsPort: number | null;
  /** `/metrics`, unless several actors share the port. */
  readonly metricsPath: string;
  /** The answer of /readyz: true, or the reason why the actor is not ready. */
  ready: () => boolean | string;
}

export interface ActorSettings {
  readonly connection: Connection;
  readonly machine: string;
  readonly logLevel?: LogLevel;
  /** Receives the log's lines instead of stderr. */
  readonly onLogLine?: (line: LogLine) => void;
  /** Called once the actor has joined the bus; if it ends after that, it did not fail to start. */
  readonly onConnected?: () => void;
  /** Null serves no metrics; 0 picks a free port. */
  readonly metricsPort: number | null;
  readonly metricsHost: string;
  /** Further names by which scrapers reach the metrics. */
  readonly metricsNames?: readonly string[];
  /**
   * The server that all actors of this process share for their metrics, and this actor's path on it. Replaces a port of
   * its own.
   */
  readonly shared?: { readonly health: SharedHealth; readonly metricsPath: string };
  /** The version of memnet, for the metrics and for the record. */
  readonly version?: string;
}

/** Builds an actor, runs `act` with it, and shuts it down again. */
export async function withActor<T>(
  role: Role,
  settings: ActorSettings,
  signal: AbortSignal,
  act: (actor: Actor, health: Health | undefined) => Promise<T>,
): Promise<T> {
  const journal = new Journal();
  const log = createLog({
    service: role,
    level: settings.logLevel ?? "info",
    destination: settings.onLogLine ? { write() {} } : "stderr",
    onLine: (line) => {
      journal.line(line);
      settings.onLogLine?.(line);
    },
  });
  const { shared } = settings;
  // Process metrics belong to the process, not to each actor that shares it.
  const metrics = createMetrics({ service: role, processMetrics: shared === undefined });
  buildInfo(metrics, settings.version);
  // Served before the connection opens: a process that waits for NATS is alive, and reports what it waits for.
  const outage = new Outage(log, metrics);
  let ready = (): boolean | string => outage.text;
  const { metricsPort: port, metricsHost: host, metricsNames: names = [] } = settings;
  const health =
    shared?.health ??
    (port === null
      ? undefined
      : await serveHealth({ port, host, names, metrics, log, ready: () => ready() }));
  shared?.health.add(shared.metricsPath, metrics, () => ready());
  try {
    const bus = await connect(settings.connection, { role, log, metrics, signal, outage });
    settings.onConnected?.();
    const clock = systemClock;
    const messenger = new Messenger({ bus, clock, log, metrics });
    const actor: Actor = {
      role,
      machine: settings.machine,
      messenger,
      clock,
      log,
      metrics,
      journal,
      metricsPort: health?.port ?? null,
      metricsPath: shared?.metricsPath ?? "/metrics",
      ready: () => true,
    };
    ready = () => (bus.connected ? (bus.refused ?? actor.ready()) : outage.text);
    const stopJournal = journal.start(messenger, clock, metrics);
    try {
      return await act(actor, health);
    } finally {
      stopJournal();
      await bus.close();
    }
  } finally {
    if (!shared) await health?.close();
  }
}

/** An actor's answer to a status request. */
export interface StatusReport {
  readonly run: string | null;
  readonly state: string;
  readonly waitsFor: string | null;
  readonly waitsSeconds: number | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export function answerStatus(actor: Actor, report: () => StatusReport): void {
  const { messenger, role, machine, metricsPort, metricsPath } = actor;
  messenger.serve(messages.askStatus, messages.status, subjects.status, () => {
    const said = report();
    // An actor without permissions waits for them, whatever else it reports to be waiting for.
    const { refused } = messenger.bus;
    const waiting = refused === null ? said : { ...said, waitsFor: refused, waitsSeconds: null };
    return {
      ok: true as const,
      id: messenger.id,
      role,
      machine,
      metricsPort,
      metricsPath,
      ...waiting,
      detail: { ...said.detail },
    };
  });
}

/**
 * Announces this actor, now and after each reconnect.
 *
 * @returns a function that announces it again
 */
export function sayHello(actor: Actor, run: () => string | null): () => void {
  const { messenger, role, machine, metricsPort } = actor;
  const hello = () =>
    messenger.send(messages.hello, subjects.hello, {
      id: messenger.id,
      role,
      machine,
      run: run(),
      metricsPort,
    });
  messenger.bus.onReconnect(hello);
  hello();
  return hello;
}
