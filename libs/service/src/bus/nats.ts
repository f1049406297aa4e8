/** The bus over NATS: publishes only while connected, redials for ever, asks with deadlines. */

import { type Role, subjects } from "@memnet/protocol";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Bus } from "./bus.ts";
import { DIAL_MS_MAX, dialFirst } from "./dial.ts";
import { newId } from "./id.ts";
import { Redial } from "./library.ts";
import { NatsBus } from "./nats-bus.ts";
import { payloadRefusal } from "./payload.ts";
import { type ConnectionSettings, parseServers } from "./servers.ts";
import { tlsOptions } from "./tls.ts";

/** A silent server is given up after three of these, 15 s: two pings may stay unanswered, so that one delay ends nothing. */
const PING_MS = 5000;
const PINGS_UNANSWERED_MAX = 2;

export interface ConnectOptions extends ConnectionSettings {
  /** Part of the inbox, which permissions name. */
  readonly role: Role;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the wait for the first connection; afterwards close() does. */
  readonly signal?: AbortSignal;
  /** How long to wait for the first connection; for ever where it is left out. */
  readonly connectTimeoutMs?: number;
  /** Shorter in tests of silent servers only. */
  readonly pingMs?: number;
}

/** A connection that stands, and what it needs to stand again. */
export interface Dialled {
  readonly id: string;
  /** The servers' addresses, without a login. */
  readonly display: string;
  /** The user, for people. */
  readonly who: string;
  readonly connection: NatsConnection;
  readonly redial: Redial;
  readonly log: Log;
}

/**
 * The bytes given to publish() and the like must stay as they are until the caller's turn of the event loop
 * ends: they are copied to the socket then.
 *
 * @throws ConnectTimeoutError after `connectTimeoutMs`, the signal's reason, RangeError for a bad URL, PayloadLimitError
 *         if the server lets too little through
 */
export async function connectBus(options: ConnectOptions): Promise<Bus> {
  const { role, metrics } = options;
  const dialled = await dialNats(options);
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

/**
 * One connection, whatever the server's limits are.
 *
 * @throws ConnectTimeoutError after `connectTimeoutMs`, the signal's reason, RangeError for a bad URL
 */
export async function dialNats(options: Omit<ConnectOptions, "metrics">): Promise<Dialled> {
  const servers = parseServers(options.url);
  const id = newId();
  const user = options.user ?? servers.user;
  const password = options.password ?? servers.password;
  const log = options.log.child({ nats: servers.display });
  const redial = new Redial();
  // Loaded here because it takes a while, which worker threads and a launcher need not pay.
  const { connect } = await import("./connect.ts");
  const connection = await dialFirst({
    servers: servers.servers,
    display: servers.display,
    log,
    open: () =>
      connect({
        servers: [...servers.servers],
        name: `memnet-${options.role}-${id}`,
        inboxPrefix: subjects.inbox(options.role, id),
        ...(user === undefined ? {} : { user }),
        ...(password === undefined ? {} : { pass: password }),
        ...(servers.token !== undefined && user === undefined ? { token: servers.token } : {}),
        ...(servers.tls ? { tls: tlsOptions(servers.servers, options.tls ?? {}) } : {}),
        timeout: DIAL_MS_MAX,
        maxReconnectAttempts: -1,
        // A refused password may be a server that restarts with its users not yet in place: never give up.
        ignoreAuthErrorAbort: true,
        reconnectDelayHandler: () => redial.waitMs,
        reconnectToServer: () => redial.dialing(),
        pingInterval: options.pingMs ?? PING_MS,
        maxPingOut: PINGS_UNANSWERED_MAX,
        noAsyncTraces: true,
      }),
    discard: (late) => void late.close(),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.connectTimeoutMs === undefined ? {} : { timeoutMs: options.connectTimeoutMs }),
  });
  const who = user === undefined ? "a client without a user" : `the user ${user}`;
  return { id, display: servers.display, who, connection, redial, log };
}
