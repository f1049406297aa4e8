/** The bus over NATS: publishes only while connected, redials for ever, asks with deadlines. */

import { type Role, subjects } from "@memnet/protocol";
import type { Msg, NatsConnection, Status } from "@nats-io/transport-node";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Bus, BusMessage, SubscribeOptions, Subscription } from "./bus.ts";
import { DIAL_MS_MAX, dialFirst } from "./dial.ts";
import { newId } from "./id.ts";
import { Inbox } from "./inbox.ts";
import { internals, Redial } from "./library.ts";
import { busMetrics } from "./metrics.ts";
import { parseServers } from "./servers.ts";

/** DESIGN, "On the wire". With two pings unanswered a silent server is given up after three of these. */
const PING_MS = 5000;
const PINGS_UNANSWERED_MAX = 2;

/** The round trip is measured as often as the library pings by itself. */
const ROUND_TRIP_MS = 5000;

/** How long close() lets the server confirm what was sent last. */
const CLOSE_MS_MAX = 2000;

/** Unsent bytes of one connection: some 250 parameter broadcasts of 250 kB; more is dropped and counted. */
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

export interface ConnectOptions {
  /** nats://[user:pass@]host:port or tls://…, several with commas between. */
  readonly url: string;
  /** Part of the inbox, which permissions name. */
  readonly role: Role;
  /** Go before those in the URL. */
  readonly user?: string;
  readonly password?: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the wait for the first connection; afterwards close() does. */
  readonly signal?: AbortSignal;
  /** How long to wait for the first connection; for ever where it is left out. */
  readonly connectTimeoutMs?: number;
  /** Shorter in tests of silent servers only. */
  readonly pingMs?: number;
}

/**
 * The bytes given to publish() and the like must stay as they are until the caller's turn of the event loop
 * ends: they are copied to the socket then.
 *
 * @throws ConnectTimeoutError after `connectTimeoutMs`, the signal's reason, RangeError for a bad URL
 */
export async function connectBus(options: ConnectOptions): Promise<Bus> {
  const servers = parseServers(options.url);
  const id = newId();
  const user = options.user ?? servers.user;
  const password = options.password ?? servers.password;
  const log = options.log.child({ nats: servers.display });
  const redial = new Redial();
  // Loaded here because it takes 60 ms, which worker threads and a launcher need not pay.
  const { connect } = await import("@nats-io/transport-node");
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
        ...(servers.tls ? { tls: {} } : {}),
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
  log.info("Connected to NATS", { id });
  return new NatsBus(id, options.role, connection, redial, log, options.metrics);
}

class NatsBus implements Bus {
  readonly role: Role;
  readonly id: string;
  readonly #connection: NatsConnection;
  readonly #redial: Redial;
  readonly #inbox: Inbox;
  readonly #log: Log;
  readonly #metrics: ReturnType<typeof busMetrics>;
  readonly #reconnectHandlers: (() => void)[] = [];
  readonly #measuring: NodeJS.Timeout;
  #connected = true;
  #closing = false;

  constructor(
    id: string,
    role: Role,
    connection: NatsConnection,
    redial: Redial,
    log: Log,
    metrics: Metrics,
  ) {
    this.role = role;
    this.id = id;
    this.#connection = connection;
    this.#redial = redial;
    this.#log = log;
    this.#inbox = new Inbox(subjects.inbox(role, id));
    this.#metrics = busMetrics(metrics, {
      unsentBytes: () => this.#unsentBytes,
      unanswered: () => this.#inbox.size,
    });
    this.#metrics.connected.set(1);
    redial.succeeded();
    connection.subscribe(this.#inbox.wildcard, {
      callback: (error, message) =>
        this.#guard(this.#inbox.wildcard, () => {
          if (error) throw error;
          this.#answer(message);
        }),
    });
    void this.#watch();
    this.#measuring = setInterval(() => void this.#measureRoundTrip(), ROUND_TRIP_MS);
    this.#measuring.unref();
    void this.#measureRoundTrip();
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(subject: string, data: Uint8Array): boolean {
    return this.#send(subject, data);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    const subscription = this.#connection.subscribe(subject, {
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      callback: (error, message) =>
        this.#guard(subject, () => {
          if (error) throw error;
          handler(this.#received(message));
        }),
    });
    return { stop: () => subscription.unsubscribe() };
  }

  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return this.#inbox.one(subject, timeoutMs, (reply) => this.#send(subject, data, reply));
  }

  requestMany(subject: string, data: Uint8Array, waitMs: number): Promise<Uint8Array[]> {
    return this.#inbox.many(subject, waitMs, (reply) => this.#send(subject, data, reply));
  }

  onReconnect(handler: () => void): void {
    this.#reconnectHandlers.push(handler);
  }

  async close(): Promise<void> {
    if (this.#closing) return void (await this.#connection.closed());
    this.#closing = true;
    clearInterval(this.#measuring);
    if (this.#connected) {
      const flushed = this.#connection.flush().catch(() => {});
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, CLOSE_MS_MAX).unref())]);
    }
    this.#connected = false;
    this.#metrics.connected.set(0);
    this.#inbox.failAll();
    this.#redial.stop();
    await this.#connection.close();
    // A dial under way is not ended by that, and would keep the process alive once it succeeds.
    internals(this.#connection)?.transport?.discard();
  }

  #send(subject: string, data: Uint8Array, reply?: string): boolean {
    if (!this.#connected) {
      this.#metrics.dropped.inc({ reason: "disconnected" });
      return false;
    }
    const payloadBytesMax = this.#connection.info?.max_payload;
    if (payloadBytesMax !== undefined && data.length > payloadBytesMax) {
      throw new RangeError(
        `Cannot send to ${subject}: a message must have at most ${payloadBytesMax} bytes, got ${data.length}`,
      );
    }
    if (this.#unsentBytes + data.length > UNSENT_BYTES_MAX) {
      this.#metrics.dropped.inc({ reason: "unsent" });
      return false;
    }
    this.#connection.publish(subject, data, reply === undefined ? {} : { reply });
    this.#metrics.messages.inc({ direction: "out" });
    this.#metrics.bytes.inc({ direction: "out" }, data.length);
    return true;
  }

  get #unsentBytes(): number {
    return internals(this.#connection)?.transport?.socket?.writableLength ?? 0;
  }

  /** A lost connection has no round trip; the redial says so itself. */
  async #measureRoundTrip(): Promise<void> {
    if (!this.#connected) return;
    try {
      this.#metrics.roundTrip.observe((await this.#connection.rtt()) / 1000);
    } catch (error) {
      this.#log.debug("Cannot measure the round trip to NATS", { error: String(error) });
    }
  }

  #received(message: Msg): BusMessage {
    const data = plainBytes(message.data);
    const { reply } = message;
    this.#metrics.messages.inc({ direction: "in" });
    this.#metrics.bytes.inc({ direction: "in" }, data.length);
    return {
      subject: message.subject,
      data,
      respond: (answer) => (reply ? this.#send(reply, answer) : false),
    };
  }

  #answer(message: Msg): void {
    const noResponders = message.headers?.code === 503 && message.data.length === 0;
    const { data } = this.#received(message);
    this.#inbox.deliver(message.subject, data, noResponders);
  }

  /** What a handler throws would otherwise end the library's reading of the socket. */
  #guard(subject: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#metrics.handlerErrors.inc();
      this.#log.error("Cannot handle a message", { subject, error });
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) this.#take(status);
    if (this.#closing) return;
    // It never gives up by its options; if it does, only a new process helps.
    throw new Error(`Cannot keep the connection to NATS: it must redial for ever, and it has ended`);
  }

  #take(status: Status): void {
    switch (status.type) {
      case "disconnect":
        this.#disconnected();
        return;
      case "reconnect":
        this.#reconnected();
        return;
      case "staleConnection":
        // The library first waits until its last bytes are written, which a silent server never lets happen.
        this.#log.warn("NATS is silent, dialling anew");
        internals(this.#connection)?.transport?.socket?.destroy();
        return;
      case "error":
        this.#metrics.serverErrors.inc();
        this.#log.error("NATS reports an error", { error: status.error });
        return;
    }
  }

  #disconnected(): void {
    if (!this.#connected || this.#closing) return;
    this.#connected = false;
    this.#metrics.connected.set(0);
    this.#log.warn("The connection to NATS is down, redialling", { waiting: this.#inbox.size });
    this.#inbox.failAll();
  }

  #reconnected(): void {
    if (this.#connected || this.#closing) return;
    this.#connected = true;
    this.#redial.succeeded();
    this.#metrics.connected.set(1);
    this.#metrics.reconnects.inc();
    this.#log.info("Connected to NATS again");
    for (const handler of this.#reconnectHandlers) this.#guard("reconnect", handler);
  }
}

/** A Buffer's slice() shares memory where a Uint8Array's copies: handlers get the latter. */
function plainBytes(data: Uint8Array): Uint8Array {
  return Buffer.isBuffer(data) ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
}
