/** One actor's surroundings: connection, log, metrics, health; the same for each service. */

import { messages, type Role, subjects } from "@memnet/protocol";
import { type Connection, connect } from "./bus/connection.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Health, type SharedHealth, serveHealth } from "./health.ts";
import { Journal } from "./journal.ts";
import { createLog, type Log, type LogLevel, type LogLine } from "./log.ts";
import { Messenger } from "./messenger/messenger.ts";
import { buildInfo, createMetrics, type Metrics } from "./metrics.ts";

/** What an actor needs of the world; a simulation brings its own. */
export interface Actor {
  readonly role: Role;
  readonly machine: string;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly journal: Journal;
  /** Where its metrics are served: a free port unless one was named; null where they are not. */
  metricsPort: number | null;
  /** `/metrics`, unless several actors share a port. */
  readonly metricsPath: string;
  /** What /readyz says: true, or why not. */
  ready: () => boolean | string;
}

export interface ActorSettings {
  readonly connection: Connection;
  readonly machine: string;
  readonly logLevel?: LogLevel;
  /** Takes the log's lines in place of stderr. */
  readonly onLogLine?: (line: LogLine) => void;
  /** Called once the actor is on the bus: from then on its end is not a failure to start. */
  readonly onConnected?: () => void;
  /** Null serves no metrics; 0 takes a free port. */
  readonly metricsPort: number | null;
  readonly metricsHost: string;
  /** What serves the metrics of all actors of a process, and this one's path there; in place of a port of its own. */
  readonly shared?: { readonly health: SharedHealth; readonly metricsPath: string };
  /** Of memnet, for its metrics and for the record. */
  readonly version?: string;
}

/** Builds an actor, lets it act, and takes it down again. */
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
  // Figures of the process are its own, not each actor's.
  const metrics = createMetrics({ service: role, processMetrics: shared === undefined });
  buildInfo(metrics, settings.version);
  // Served before there is a connection: a process that waits for NATS is alive, and says what it waits for.
  let ready = (): boolean | string => "not connected to NATS";
  const { metricsPort: port, metricsHost: host } = settings;
  const health =
    shared?.health ??
    (port === null ? undefined : await serveHealth({ port, host, metrics, log, ready: () => ready() }));
  shared?.health.add(shared.metricsPath, metrics, () => ready());
  try {
    const bus = await connect(settings.connection, { role, log, metrics, signal });
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
    ready = () => (bus.connected ? (bus.refused ?? actor.ready()) : "not connected to NATS");
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

/** What an actor tells of itself when the operator asks. */
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
    // An actor without its permissions waits for them, whatever else it believes to wait for.
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

/** Says that this actor is in: at the start and after each reconnect. @returns says so again */
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
