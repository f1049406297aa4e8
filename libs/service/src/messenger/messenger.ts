/**
 * Typed messages over a bus, encoded and decoded only here. A malformed message is counted, logged and dropped, never
 * fatal. A body too large to push is announced, and its receiver pulls it, several ranges at a time.
 */

import {
  type BlobRef,
  bodyBytesMax,
  broadcastBytesMax,
  hashOf,
  type MessageType,
  messages,
  Packet,
  ProtocolError,
  type Refusal,
  RefusedError,
  type Role,
  rangeBytesMax,
  subjects,
  textMax,
} from "@memnet/protocol";
import type { Bus, BusMessage, SubscribeOptions, Subscription } from "../bus/bus.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { Permits } from "../permits.ts";
import { BlobStore } from "./blobs.ts";
import { Gathered } from "./gathered.ts";
import { pullMissing, rangeTimeoutMs } from "./pulling.ts";

const none = new Uint8Array(0);

/** How many requests an actor answers at the same time. Further ones are refused as BUSY, and their senders retry. */
const servedMax = 256;

/** Malformed messages are logged at most once in this time; all of them are counted. */
const rejectionLogMs = 1000;

/**
 * Ranges under way to one actor: 8 MB, an eighth of what waits for a client before NATS cuts it off. A coordinator pulls
 * from all its trainers at once.
 */
const rangesMax = 32;

/** Lengths at which bodies are cut; shorter only in simulations, whose models are small. */
export interface Cuts {
  /** Larger bodies are announced. */
  readonly bodyBytesMax: number;
  readonly rangeBytesMax: number;
  /** What lies beyond in a broadcast body is pulled. */
  readonly broadcastBytesMax: number;
}

export interface MessengerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly cuts?: Cuts;
}

/** A handler's answer: fields or a refusal, optionally with a body. */
export type Answer<Fields> = Fields | Refusal | { fields: Fields | Refusal; body: Uint8Array };
type Granted<Fields> = Exclude<Fields, { ok: false }>;

/** A tensor in transit: in the message's body, or as a blob. */
export interface Payload {
  readonly fields: { readonly hash: string; readonly blob: BlobRef | null };
  readonly body: Uint8Array;
}

export class Messenger {
  readonly bus: Bus;
  readonly blobs: BlobStore;
  readonly cuts: Cuts;
  private readonly pulling = new Permits(rangesMax);
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly counts;
  private readonly rejectedTotal;
  private readonly refusedTotal;
  private rejectionsUnlogged = 0;
  private rejectionLoggedAt = Number.NEGATIVE_INFINITY;
  private served = 0;

  constructor({
    bus,
    clock,
    log,
    metrics,
    cuts = { bodyBytesMax, rangeBytesMax, broadcastBytesMax },
  }: MessengerOptions) {
    this.bus = bus;
    this.cuts = cuts;
    this.clock = clock;
    this.log = log;
    this.blobs = new BlobStore(bus.id);
    const by = ["kind", "direction"] as const;
    this.counts = {
      messages: metrics.counter("messages_total", "Messages published and accepted, by kind", by),
      bytes: metrics.counter("message_bytes_total", "Bytes of those messages: header and body", by),
    };
    metrics.measured("questions_under_way", "Questions of others that are being answered", () => this.served);
    this.rejectedTotal = metrics.counter(
      "messages_rejected_total",
      "Messages dropped, by kind expected and reason",
      ["kind", "reason"],
    );
    this.refusedTotal = metrics.counter(
      "questions_refused_total",
      "Questions of others that were refused, by kind and code",
      ["kind", "code"],
    );
    this.serve(
      messages.pull,
      messages.pulled,
      subjects.pull(bus.role, bus.id),
      ({ hash, offset, bytes }) => ({
        fields: { ok: true as const },
        body: this.blobs.range(hash, offset, bytes),
      }),
    );
  }

  get id(): string {
    return this.bus.id;
  }

  /** Sends without waiting for an answer; returns false while the connection is down. */
  send<Fields>(type: MessageType<Fields>, subject: string, fields: Fields, body: Uint8Array = none): boolean {
    return this.bus.publish(subject, this.sending(type, fields, body));
  }

  hear<Fields>(
    type: MessageType<Fields>,
    subject: string,
    handler: (fields: Fields, body: Uint8Array) => void,
    options?: SubscribeOptions,
  ): Subscription {
    return this.bus.subscribe(
      subject,
      (raw) => {
        const message = this.accept(type, raw);
        if (message) handler(message.fields, message.body);
      },
      options,
    );
  }

  /**
   * Sends a request and waits for the answer.
   *
   * @throws RefusedError with the code of the refusal, ProtocolError if the answer is malformed, and the bus's errors
   */
  async ask<Question, Fields extends { ok: boolean }>(
    type: MessageType<Question>,
    answerType: MessageType<Fields>,
    subject: string,
    question: Question,
    timeoutMs: number,
    body: Uint8Array = none,
  ): Promise<{ fields: Granted<Fields>; body: Uint8Array }> {
    const packet = await this.bus.request(subject, this.sending(type, question, body), timeoutMs);
    const answer = packet.open(answerType);
    this.count(answerType.kind, "in", packet);
    if (!answer.fields.ok) {
      const refusal = answer.fields as unknown as Refusal;
      throw new RefusedError(refusal.code, refusal.message);
    }
    return answer as { fields: Granted<Fields>; body: Uint8Array };
  }

  /**
   * Sends a request to all subscribers and collects the answers that arrive within `waitMs`, without refusals and
   * malformed ones.
   */
  async askAll<Question, Fields extends { ok: boolean }>(
    type: MessageType<Question>,
    answerType: MessageType<Fields>,
    subject: string,
    question: Question,
    waitMs: number,
  ): Promise<Granted<Fields>[]> {
    const answers = await this.bus.requestMany(subject, this.sending(type, question), waitMs);
    return answers.flatMap((packet) => {
      try {
        const { fields } = packet.open(answerType);
        this.count(answerType.kind, "in", packet);
        return fields.ok ? [fields as Granted<Fields>] : [];
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.reject(answerType.kind, error.code, error.message);
        return [];
      }
    });
  }

  /**
   * Answers requests. A RefusedError is sent as a refusal with its code; any other error is logged and sent as an
   * INTERNAL refusal.
   */
  serve<Question, Fields extends { ok: boolean }>(
    type: MessageType<Question>,
    answerType: MessageType<Fields>,
    subject: string,
    handler: (question: Question, body: Uint8Array) => Promise<Answer<Fields>> | Answer<Fields>,
    options?: SubscribeOptions,
  ): Subscription {
    return this.bus.subscribe(
      subject,
      (raw) => {
        const message = this.accept(type, raw, (refusal) =>
          raw.respond(this.sending(answerType, refusal as unknown as Fields)),
        );
        if (!message) return;
        void this.answer(type, answerType, raw, () => handler(message.fields, message.body));
      },
      options,
    );
  }

  /**
   * Returns an identity for the bytes: their hash, or within one process the given name, because there nothing can
   * change them in transit.
   */
  identity(bytes: Uint8Array, name: string): string {
    return this.bus.isLocal ? name : hashOf(bytes);
  }

  /**
   * Packs a tensor for a message: into the body if it is small enough to push, otherwise as a blob of that name.
   */
  payload(name: string, bytes: Uint8Array, hash: string = this.identity(bytes, name)): Payload {
    if (this.bus.isLocal || bytes.length <= this.cuts.bodyBytesMax)
      return { fields: { hash, blob: null }, body: bytes };
    return { fields: { hash, blob: this.blobs.offer(name, bytes, hash) }, body: none };
  }

  /**
   * Returns the bytes of a received payload, checked against their hash, and pulls them if they were announced as a
   * blob.
   *
   * @param from        the sender's role
   * @param bytesWanted the only length that the receiver can use; compared before any memory is taken
   * @param gathered    what has arrived of an announced blob, and need not be pulled
   */
  async received(
    fields: Payload["fields"],
    body: Uint8Array,
    from: Role,
    bytesWanted: number,
    gathered?: Gathered,
  ): Promise<Uint8Array> {
    const announced = fields.blob?.bytes ?? body.length;
    if (announced !== bytesWanted)
      throw new ProtocolError(
        "SIZE",
        `The ${fields.blob ? "blob" : "body"} must have ${bytesWanted} bytes, got ${announced}`,
      );
    if (fields.blob) {
      if (fields.blob.hash !== fields.hash) {
        throw new ProtocolError(
          "MALFORMED",
          `The blob's hash must be ${fields.hash}, got ${fields.blob.hash}`,
        );
      }
      return this.pull(fields.blob, from, bytesWanted, gathered);
    }
    // Within one process these are the sender's own bytes.
    if (this.bus.isLocal) return body;
    return checked("body", body, fields.hash);
  }

  /**
   * Sends bytes to all subscribers in parts, the first `broadcastBytesMax` of them. It comes before the message that
   * announces the blob, so that a receiver which then lacks a part has missed it.
   */
  broadcast<Fields>(
    type: MessageType<Fields>,
    subject: string,
    fieldsAt: (offset: number) => Fields,
    bytes: Uint8Array,
  ): void {
    const { rangeBytesMax, broadcastBytesMax } = this.cuts;
    const end = Math.min(bytes.length, broadcastBytesMax);
    for (let offset = 0; offset < end; offset += rangeBytesMax) {
      this.send(type, subject, fieldsAt(offset), bytes.subarray(offset, offset + rangeBytesMax));
    }
  }

  /**
   * Pulls a whole blob from its owner.
   *
   * @param from     the role that the owner must have; the receiver knows which role announces what
   * @param bytesMax the most that the receiver can use; compared before any memory is taken
   * @param gathered what has arrived already; further parts may arrive while the rest is pulled
   * @throws ProtocolError SIZE if the blob is larger, MALFORMED if it is not what was announced, and those of ask()
   */
  async pull(blob: BlobRef, from: Role, bytesMax: number, gathered?: Gathered): Promise<Uint8Array> {
    if (blob.bytes > bytesMax)
      throw new ProtocolError("SIZE", `The blob must have at most ${bytesMax} bytes, got ${blob.bytes}`);
    const into = gathered ?? new Gathered(blob.bytes, this.cuts.rangeBytesMax);
    await pullMissing(into, this.clock, (offset, bytes) => this.range(blob, from, offset, bytes));
    try {
      return checked("blob", into.bytes, blob.hash);
    } catch (error) {
      into.clear();
      throw error;
    }
  }

  private range(blob: BlobRef, from: Role, offset: number, bytes: number): Promise<Uint8Array> {
    return this.pulling.with(async () => {
      const subject = subjects.pull(from, blob.owner);
      const question = { hash: blob.hash, offset, bytes };
      const { body } = await this.ask(messages.pull, messages.pulled, subject, question, rangeTimeoutMs);
      return body;
    });
  }

  /** Counts a well-formed message that its receiver cannot use. */
  reject(kind: string, reason: string, why: string): void {
    this.rejectedTotal.inc({ kind, reason });
    this.rejectionsUnlogged++;
    const now = this.clock.now();
    if (now - this.rejectionLoggedAt < rejectionLogMs) return;
    this.log.warn("Dropped a message", { kind, reason, why, count: this.rejectionsUnlogged });
    this.rejectionsUnlogged = 0;
    this.rejectionLoggedAt = now;
  }

  /** Builds a packet and counts it as sent, unless the bus is disconnected. */
  private sending<Fields>(type: MessageType<Fields>, fields: Fields, body?: Uint8Array): Packet {
    const packet = Packet.of(type, fields, body);
    // Encode it now, so that a message that is too long throws in its sender, connected or not.
    if (!this.bus.isLocal) packet.bytes;
    if (this.bus.connected) this.count(type.kind, "out", packet);
    return packet;
  }

  private count(kind: string, direction: "in" | "out", packet: Packet): void {
    this.counts.messages.inc({ kind, direction });
    this.counts.bytes.inc({ kind, direction }, packet.size);
  }

  private accept<Fields>(type: MessageType<Fields>, raw: BusMessage, refuse?: (refusal: Refusal) => void) {
    if (raw.packet.isEmpty) return undefined;
    try {
      const message = raw.packet.open(type);
      this.count(type.kind, "in", raw.packet);
      return message;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.reject(type.kind, error.code, error.message);
      refuse?.({ ok: false, code: error.code, message: error.message });
      return undefined;
    }
  }

  private async answer<Question, Fields extends { ok: boolean }>(
    type: MessageType<Question>,
    answerType: MessageType<Fields>,
    raw: BusMessage,
    handle: () => Promise<Answer<Fields>> | Answer<Fields>,
  ): Promise<void> {
    const respond = (fields: unknown, body?: Uint8Array) => {
      const fitted = fitting(fields as Fields);
      if (!fitted.ok) this.refusedTotal.inc({ kind: type.kind, code: (fitted as unknown as Refusal).code });
      return raw.respond(this.sending(answerType, fitted, body));
    };
    if (this.served >= servedMax) {
      respond({ ok: false, code: "BUSY", message: `${servedMax} questions are being answered already` });
      return;
    }
    this.served++;
    try {
      const answer = await handle();
      if (!("fields" in answer && "body" in answer)) respond(answer);
      // Refuse what does not fit the bytes that wait to be sent, so that its asker need not wait for its deadline.
      else if (!respond(answer.fields, answer.body)) {
        respond({ ok: false, code: "BUSY", message: "Too much waits to be sent from here" });
      }
    } catch (error) {
      if (error instanceof RefusedError) {
        respond({ ok: false, code: error.code, message: error.message });
      } else {
        this.log.error("Cannot answer a question", { kind: type.kind, error });
        respond({
          ok: false,
          code: "INTERNAL",
          message: `The answerer failed: ${String(error).slice(0, 1000)}`,
        });
      }
    } finally {
      this.served--;
    }
  }
}

/** @throws ProtocolError if the bytes have another hash */
function checked(what: string, bytes: Uint8Array, hash: string): Uint8Array {
  const got = hashOf(bytes);
  if (got !== hash) throw new ProtocolError("MALFORMED", `The ${what}'s hash must be ${hash}, got ${got}`);
  return bytes;
}

/** Truncates a refusal's message to the protocol's limit, since it may quote an error of any length. */
function fitting<Fields extends { ok: boolean }>(fields: Fields): Fields {
  if (fields.ok) return fields;
  const { message } = fields as unknown as Refusal;
  return { ...fields, message: message.slice(0, textMax) };
}
