/**
 * Opens a bus over NATS. It publishes only while connected, redials without limit, and gives each request a deadline.
 */

import { type Role, subjects } from "@memnet/protocol";
import { systemClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Bus } from "./bus.ts";
import { watchCertificates } from "./certificates.ts";
import { dialFirst, dialMsMax } from "./dial.ts";
import { dialProblem } from "./dial-problem.ts";
import { newId } from "./id.ts";
import { onDialFailure, Redial } from "./library.ts";
import { Login } from "./login.ts";
import { connectedGauge } from "./metrics.ts";
import { type Dialled, NatsBus } from "./nats-bus.ts";
import { Outage } from "./outage.ts";
import { payloadRefusal } from "./payload.ts";
import { type ConnectionSettings, parseServers } from "./servers.ts";
import { tlsOptions } from "./tls.ts";

/**
 * A silent server is dropped after three pings, 15 s. Two pings may go unanswered, so that one delay does not end the
 * connection.
 */
const pingMs = 5000;
const pingsUnansweredMax = 2;

export interface ConnectOptions extends ConnectionSettings {
  /** The role, which is part of the inbox subject that permissions name. */
  readonly role: Role;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Cancels the wait for the first connection; after that, use close(). */
  readonly signal?: AbortSignal;
  /** How long to wait for the first connection; without a limit if omitted. */
  readonly connectTimeoutMs?: number;
  /** Where to note why NATS cannot be reached; a new one if omitted. */
  readonly outage?: Outage;
  /** Ping interval; only tests of silent servers shorten it. */
  readonly pingMs?: number;
}

/**
 * Connects and returns a bus.
 *
 * The caller must not change the bytes passed to publish() and the other sending methods until its turn of the event
 * loop ends: they are copied to the socket only then.
 *
 * @throws ConnectTimeoutError after `connectTimeoutMs`, the signal's reason once it aborts, RangeError for a bad URL,
 *         PayloadLimitError if the server's message limit is too small
 */
export async function connectBus(options: ConnectOptions): Promise<Bus> {
  const { role, metrics, tls } = options;
  connectedGauge(metrics).set(0);
  const outage = options.outage ?? new Outage(options.log, metrics);
  const dialled = await dialNats({
    ...options,
    outage,
    ...(tls && { onCertificate: watchCertificates(metrics, tls) }),
  });
  const { id, display, connection, log } = dialled;
  const refusal = payloadRefusal(display, connection.info?.max_payload);
  if (refusal) {
    dialled.redial.stop();
    await connection.close();
    throw refusal;
  }
  log.info("Connected to NATS", { id });
  return new NatsBus({ ...dialled, role, metrics });
}

export interface DialOptions extends Omit<ConnectOptions, "metrics"> {
  /** Receives the end of the server's certificate at each dial over TLS. */
  readonly onCertificate?: (validTo: string) => void;
}

/**
 * Opens one connection without checking the server's limits.
 *
 * @throws ConnectTimeoutError after `connectTimeoutMs`, the signal's reason once it aborts, RangeError for a bad URL
 */
export async function dialNats(options: DialOptions): Promise<Dialled> {
  const servers = parseServers(options.url);
  const id = newId();
  const login = new Login(options, servers);
  const log = options.log.child({ nats: servers.display });
  const outage = options.outage ?? new Outage(log);
  const explain = (error: unknown) =>
    dialProblem(error, {
      login,
      now: systemClock.wall(),
      ...(servers.tls ? { tls: options.tls ?? {} } : {}),
    });
  const redial = new Redial();
  // Imported here because loading takes a while; worker threads and launchers never need it.
  const { connect } = await import("./connect.ts");
  const connection = await dialFirst({
    servers: servers.servers,
    display: servers.display,
    explain,
    failed: (problem) => outage.failed(servers.display, problem),
    open: () =>
      connect({
        servers: [...servers.servers],
        name: `memnet-${options.role}-${id}`,
        inboxPrefix: subjects.inbox(options.role, id),
        authenticator: () => login.credentials(),
        ...(servers.tls
          ? { tls: tlsOptions(servers.servers, options.tls ?? {}, options.onCertificate) }
          : {}),
        timeout: dialMsMax,
        maxReconnectAttempts: -1,
        // Never give up after a refused password: the server may be restarting with its users not yet in place.
        ignoreAuthErrorAbort: true,
        reconnectDelayHandler: () => redial.waitMs,
        reconnectToServer: () => redial.dialing(),
        pingInterval: options.pingMs ?? pingMs,
        maxPingOut: pingsUnansweredMax,
        noAsyncTraces: true,
        // A worker passes on its actors' messages, which reach each other without the server.
        noEcho: options.role === "worker",
      }),
    discard: (late) => void late.close(),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.connectTimeoutMs === undefined ? {} : { timeoutMs: options.connectTimeoutMs }),
  });
  outage.over();
  onDialFailure(connection, (error) => outage.failed(servers.display, explain(error)));
  return { id, display: servers.display, who: login.who, connection, redial, outage, log };
}
