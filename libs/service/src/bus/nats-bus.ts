/** A connection to NATS as a bus: what is sent and heard, what is refused, and what happens when it breaks. */

import { messageBytesMax, Packet, type Role, subjects } from "@memnet/protocol";
import type { Msg, NatsConnection, PermissionViolationError, Status } from "@nats-io/transport-node";
import { systemClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import {
  type Bus,
  type BusMessage,
  PermissionError,
  type SubscribeOptions,
  type Subscription,
} from "./bus.ts";
import { Inbox } from "./inbox.ts";
import { internals, type Redial } from "./library.ts";
import { busMetrics } from "./metrics.ts";
import { payloadRefusal } from "./payload.ts";
import { Refusals } from "./refusals.ts";

/**
 * The round trip is measured as often as the library pings by itself; and so often is tried again what was refused,
 * since a server's permissions can be mended while its clients stay.
 */
const LOOK_MS = 5000;

/** How long close() lets the server confirm what was sent last. */
const CLOSE_MS_MAX = 2000;

/** Unsent bytes of one connection: some 250 parameter broadcasts of 250 kB; more is dropped and counted. */
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** How often a server with too low a limit is logged. */
const PAYLOAD_SAY_MS = 60_000;

export interface NatsBusParts {
  readonly id: string;
  readonly role: Role;
  /** The servers' addresses, without a login. */
  readonly display: string;
  /** The user, for people. */
  readonly who: string;
  readonly connection: NatsConnection;
  readonly redial: Redial;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class NatsBus implements Bus {
  readonly role: Role;
  readonly isLocal = false;
  readonly id: string;
  readonly #connection: NatsConnection;
  readonly #redial: Redial;
  readonly #inbox: Inbox;
  readonly #log: Log;
  readonly #metrics: ReturnType<typeof busMetrics>;
  readonly #display: string;
  readonly #who: string;
  readonly #refusals = new Refusals(systemClock);
  readonly #reconnectHandlers: (() => void)[] = [];
  readonly #measuring: NodeJS.Timeout;
  #connected = true;
  #reconnects = 0;
  #closing = false;
  #payloadSaidAt = Number.NEGATIVE_INFINITY;

  constructor({ id, role, display, who, connection, redial, log, metrics }: NatsBusParts) {
    this.role = role;
    this.id = id;
    this.#display = display;
    this.#who = who;
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
    this.#listen(this.#inbox.wildcard, undefined, (message) => this.#answer(message));
    void this.#watch();
    this.#measuring = setInterval(() => this.#look(), LOOK_MS);
    this.#measuring.unref();
    void this.#measureRoundTrip();
  }

  get connected(): boolean {
    return this.#connected;
  }

  get refused(): string | null {
    return (
      payloadRefusal(this.#display, this.#connection.info?.max_payload)?.message ?? this.#refusals.current
    );
  }

  publish(subject: string, packet: Packet): boolean {
    return this.#send(subject, packet);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    return this.#listen(subject, options.queue, (message) => handler(this.#received(message)));
  }

  request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet> {
    return this.#inbox.one(subject, timeoutMs, (reply) => this.#send(subject, packet, reply));
  }

  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]> {
    return this.#inbox.many(subject, waitMs, (reply) => this.#send(subject, packet, reply));
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

  /** Until stopped: where it is refused, it is tried again. */
  #listen(subject: string, queue: string | undefined, handle: (message: Msg) => void): Subscription {
    const begin = () =>
      this.#connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) =>
          this.#guard(subject, () => {
            if (!error) handle(message);
            // That it was refused is told by the connection's status.
            else if (error.name === "PermissionViolationError") this.#refusals.ended(again);
            else throw error;
          }),
      });
    let live = begin();
    const again = () => {
      live = begin();
    };
    return {
      stop: () => {
        this.#refusals.givenUp(again);
        live.unsubscribe();
      },
    };
  }

  #look(): void {
    this.#refusals.tryAgain();
    this.#checkPayload();
    void this.#measureRoundTrip();
  }

  #send(subject: string, packet: Packet, reply?: string): boolean {
    if (!this.#connected) {
      this.#metrics.dropped.inc({ reason: "disconnected" });
      return false;
    }
    const data = packet.bytes;
    const payloadBytesMax = this.#connection.info?.max_payload;
    // NATS would close the connection.
    if (payloadBytesMax !== undefined && data.length > payloadBytesMax) {
      if (data.length > messageBytesMax) {
        throw new RangeError(
          `Cannot send to ${subject}: a message must have at most ${payloadBytesMax} bytes, got ${data.length}`,
        );
      }
      this.#metrics.dropped.inc({ reason: "payload" });
      return false;
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

  /**
   * The run waits and does not end: another server of the cluster may have the right limit, a server's limit can be
   * changed while its clients stay, and messages that are dropped meanwhile are sent again.
   */
  #checkPayload(): void {
    const refusal = this.#connected
      ? payloadRefusal(this.#display, this.#connection.info?.max_payload)
      : null;
    const now = systemClock.now();
    if (!refusal || now - this.#payloadSaidAt < PAYLOAD_SAY_MS) return;
    this.#payloadSaidAt = now;
    this.#log.error(refusal.message);
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
    const connection = this.#reconnects;
    this.#metrics.messages.inc({ direction: "in" });
    this.#metrics.bytes.inc({ direction: "in" }, data.length);
    return {
      subject: message.subject,
      packet: Packet.received(data),
      respond: (answer) => {
        if (!reply) return false;
        if (connection === this.#reconnects) return this.#send(reply, answer);
        // A server that holds roles to their part lets answers through on the connection that was asked.
        this.#metrics.dropped.inc({ reason: "late" });
        return false;
      },
    };
  }

  #answer(message: Msg): void {
    const noResponders = message.headers?.code === 503 && message.data.length === 0;
    const { packet } = this.#received(message);
    this.#inbox.deliver(message.subject, packet, noResponders);
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
        if (!this.#isRefusal(status.error)) this.#log.error("NATS reports an error", { error: status.error });
        return;
    }
  }

  /** Whoever waits for what was refused is told at once. */
  #isRefusal(error: Error): boolean {
    if (error.name !== "PermissionViolationError") return false;
    const { operation, subject } = error as PermissionViolationError;
    const refusal = new PermissionError(
      operation === "publish" ? "publish" : "subscribe",
      subject,
      this.#who,
    );
    if (this.#refusals.note(refusal)) this.#log.error(refusal.message);
    if (subject === this.#inbox.wildcard) this.#inbox.failAll(() => refusal);
    else if (refusal.action === "publish") this.#inbox.failAsked(subject, refusal);
    return true;
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
    this.#reconnects += 1;
    this.#redial.succeeded();
    this.#metrics.connected.set(1);
    this.#metrics.reconnects.inc();
    this.#log.info("Connected to NATS again");
    this.#checkPayload();
    this.#refusals.reconnected();
    for (const handler of this.#reconnectHandlers) this.#guard("reconnect", handler);
  }
}

/** A Buffer's slice() shares memory where a Uint8Array's copies: handlers get the latter. */
function plainBytes(data: Uint8Array): Uint8Array {
  return Buffer.isBuffer(data) ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
}
