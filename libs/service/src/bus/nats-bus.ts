/** A bus over a NATS connection: sends, receives, handles refusals, and recovers from disconnects. */

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
import type { Outage } from "./outage.ts";
import { payloadRefusal } from "./payload.ts";
import { Refusals } from "./refusals.ts";

/**
 * How often the round trip is measured: as often as the library pings by itself. Refused subscriptions are retried at
 * the same interval, since a server's permissions can be fixed while its clients stay connected.
 */
const lookMs = 5000;

/** How long close() waits for the server to confirm the last messages. */
const closeMsMax = 2000;

/**
 * Limit of unsent bytes per connection: about 250 parameter broadcasts of 250 kB. Further messages are dropped and
 * counted.
 */
const unsentBytesMax = 64 * 1024 * 1024;

/** How often a server whose message limit is too small is logged. */
const payloadSayMs = 60_000;

/** The library's errors about a user or a password. */
const loginErrors = new Set(["AuthorizationError", "UserAuthenticationExpiredError"]);

/** An open connection, and what it needs to reconnect. */
export interface Dialled {
  readonly id: string;
  /** The servers' addresses, without credentials. */
  readonly display: string;
  /** The user, in human-readable form. */
  readonly who: string;
  readonly connection: NatsConnection;
  readonly redial: Redial;
  readonly outage: Outage;
  readonly log: Log;
}

export interface NatsBusParts extends Dialled {
  readonly role: Role;
  readonly metrics: Metrics;
}

export class NatsBus implements Bus {
  readonly role: Role;
  readonly isLocal = false;
  readonly id: string;
  /** For what the bus itself does not offer: the queue of runs. */
  readonly connection: NatsConnection;
  private readonly redial: Redial;
  private readonly outage: Outage;
  private readonly inbox: Inbox;
  private readonly log: Log;
  private readonly metrics: ReturnType<typeof busMetrics>;
  private readonly display: string;
  private readonly who: string;
  private readonly refusals = new Refusals(systemClock);
  private readonly reconnectHandlers: (() => void)[] = [];
  private readonly measuring: NodeJS.Timeout;
  connected = true;
  private reconnects = 0;
  private closing = false;
  private payloadSaidAt = Number.NEGATIVE_INFINITY;

  constructor({ id, role, display, who, connection, redial, outage, log, metrics }: NatsBusParts) {
    this.role = role;
    this.id = id;
    this.display = display;
    this.who = who;
    this.connection = connection;
    this.redial = redial;
    this.outage = outage;
    this.log = log;
    this.inbox = new Inbox(subjects.inbox(role, id));
    this.metrics = busMetrics(metrics, {
      unsentBytes: () => this.unsentBytes,
      unanswered: () => this.inbox.size,
    });
    this.metrics.connected.set(1);
    redial.succeeded();
    this.listen(this.inbox.wildcard, undefined, (message) => this.answer(message));
    void this.watch();
    this.measuring = setInterval(() => this.look(), lookMs);
    this.measuring.unref();
    void this.measureRoundTrip();
  }

  get refused(): string | null {
    return payloadRefusal(this.display, this.connection.info?.max_payload)?.message ?? this.refusals.current;
  }

  publish(subject: string, packet: Packet): boolean {
    return this.send(subject, packet);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    return this.listen(subject, options.queue, (message) => handler(this.received(message)));
  }

  request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet> {
    return this.inbox.one(subject, timeoutMs, (reply) => this.send(subject, packet, reply));
  }

  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]> {
    return this.inbox.many(subject, waitMs, (reply) => this.send(subject, packet, reply));
  }

  onReconnect(handler: () => void): void {
    this.reconnectHandlers.push(handler);
  }

  async close(): Promise<void> {
    if (this.closing) return void (await this.connection.closed());
    this.closing = true;
    clearInterval(this.measuring);
    if (this.connected) {
      const flushed = this.connection.flush().catch(() => {});
      await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, closeMsMax).unref())]);
    }
    this.connected = false;
    this.metrics.connected.set(0);
    this.inbox.failAll();
    this.redial.stop();
    await this.connection.close();
    // close() does not cancel a dial in progress, which would keep the process alive once it succeeds.
    internals(this.connection)?.transport?.discard();
  }

  /** Subscribes until stopped, and retries after a refusal. */
  private listen(subject: string, queue: string | undefined, handle: (message: Msg) => void): Subscription {
    const begin = () =>
      this.connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) =>
          this.guard(subject, () => {
            if (!error) handle(message);
            // The connection's status reports the refusal itself.
            else if (error.name === "PermissionViolationError") this.refusals.ended(again);
            else throw error;
          }),
      });
    let live = begin();
    const again = () => {
      live = begin();
    };
    return {
      stop: () => {
        this.refusals.givenUp(again);
        live.unsubscribe();
      },
    };
  }

  private look(): void {
    this.refusals.tryAgain();
    this.checkPayload();
    void this.measureRoundTrip();
  }

  private send(subject: string, packet: Packet, reply?: string): boolean {
    if (!this.connected) {
      this.metrics.dropped.inc({ reason: "disconnected" });
      return false;
    }
    const data = packet.bytes;
    const payloadBytesMax = this.connection.info?.max_payload;
    // NATS would close the connection on a message this long.
    if (payloadBytesMax !== undefined && data.length > payloadBytesMax) {
      if (data.length > messageBytesMax) {
        throw new RangeError(
          `Cannot send to ${subject}: a message must have at most ${payloadBytesMax} bytes, got ${data.length}`,
        );
      }
      this.metrics.dropped.inc({ reason: "payload" });
      return false;
    }
    if (this.unsentBytes + data.length > unsentBytesMax) {
      this.metrics.dropped.inc({ reason: "unsent" });
      return false;
    }
    this.connection.publish(subject, data, reply === undefined ? {} : { reply });
    this.metrics.messages.inc({ direction: "out" });
    this.metrics.bytes.inc({ direction: "out" }, data.length);
    return true;
  }

  /**
   * Logs a server whose message limit is too small. The run waits instead of ending: another server of the cluster may
   * have the right limit, a server's limit can be changed while its clients stay connected, and messages dropped in the
   * meantime are sent again.
   */
  private checkPayload(): void {
    const refusal = this.connected ? payloadRefusal(this.display, this.connection.info?.max_payload) : null;
    const now = systemClock.now();
    if (!refusal || now - this.payloadSaidAt < payloadSayMs) return;
    this.payloadSaidAt = now;
    this.log.error(refusal.message);
  }

  private get unsentBytes(): number {
    return internals(this.connection)?.transport?.socket?.writableLength ?? 0;
  }

  /**
   * Measures the round trip. A failure is logged at debug level only: if the connection is lost, the redial logs that.
   */
  private async measureRoundTrip(): Promise<void> {
    if (!this.connected) return;
    try {
      this.metrics.roundTrip.observe((await this.connection.rtt()) / 1000);
    } catch (error) {
      this.log.debug("Cannot measure the round trip to NATS", { error: String(error) });
    }
  }

  private received(message: Msg): BusMessage {
    const data = plainBytes(message.data);
    const { reply } = message;
    const connection = this.reconnects;
    this.metrics.messages.inc({ direction: "in" });
    this.metrics.bytes.inc({ direction: "in" }, data.length);
    return {
      subject: message.subject,
      packet: Packet.received(data),
      isRequest: Boolean(reply),
      respond: (answer) => {
        if (!reply) return false;
        if (connection === this.reconnects) return this.send(reply, answer);
        // Servers with per-role permissions allow an answer only on the connection that received the request.
        this.metrics.dropped.inc({ reason: "late" });
        return false;
      },
    };
  }

  private answer(message: Msg): void {
    const noResponders = message.headers?.code === 503 && message.data.length === 0;
    const { packet } = this.received(message);
    this.inbox.deliver(message.subject, packet, noResponders);
  }

  /** Runs a handler. An error it throws would otherwise stop the library from reading the socket. */
  private guard(subject: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.metrics.handlerErrors.inc();
      this.log.error("Cannot handle a message", { subject, error });
    }
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) this.take(status);
    if (this.closing) return;
    // Reconnects are unlimited, so this cannot happen; if it does, only a new process helps.
    throw new Error(`Cannot keep the connection to NATS: it must redial for ever, and it has ended`);
  }

  private take(status: Status): void {
    switch (status.type) {
      case "disconnect":
        this.disconnected();
        return;
      case "reconnect":
        this.reconnected();
        return;
      case "staleConnection":
        // By itself the library waits until its last bytes are written, which never happens with a silent server.
        this.log.warn("NATS is silent, dialling again");
        internals(this.connection)?.transport?.socket?.destroy();
        return;
      case "error":
        this.metrics.serverErrors.inc();
        // A refused login ends the connection; the failed redials that follow are logged by the outage.
        if (loginErrors.has(status.error.name)) return;
        if (!this.isRefusal(status.error)) this.log.error("NATS reports an error", { error: status.error });
        return;
    }
  }

  /** Records a refusal and fails the affected requests at once. Returns false for any other error. */
  private isRefusal(error: Error): boolean {
    if (error.name !== "PermissionViolationError") return false;
    const { operation, subject } = error as PermissionViolationError;
    const refusal = new PermissionError(operation === "publish" ? "publish" : "subscribe", subject, this.who);
    if (this.refusals.note(refusal)) this.log.error(refusal.message);
    if (subject === this.inbox.wildcard) this.inbox.failAll(() => refusal);
    else if (refusal.action === "publish") this.inbox.failAsked(subject, refusal);
    return true;
  }

  private disconnected(): void {
    if (!this.connected || this.closing) return;
    this.connected = false;
    this.metrics.connected.set(0);
    this.log.warn("The connection to NATS is down, redialling", { waiting: this.inbox.size });
    this.inbox.failAll();
  }

  private reconnected(): void {
    if (this.connected || this.closing) return;
    this.connected = true;
    this.reconnects += 1;
    this.redial.succeeded();
    this.outage.over();
    this.metrics.connected.set(1);
    this.metrics.reconnects.inc();
    this.log.info("Connected to NATS again");
    this.checkPayload();
    this.refusals.reconnected();
    for (const handler of this.reconnectHandlers) this.guard("reconnect", handler);
  }
}

/** Converts to a plain Uint8Array: slice() of a Buffer shares memory, slice() of a Uint8Array copies. */
function plainBytes(data: Uint8Array): Uint8Array {
  return Buffer.isBuffer(data) ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
}
