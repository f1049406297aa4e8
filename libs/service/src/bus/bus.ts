/** The message bus that an actor uses, over NATS or within one process. */

import type { Packet, Role } from "@memnet/protocol";

export interface BusMessage {
  readonly subject: string;
  readonly packet: Packet;
  /** Whether the sender waits for an answer. */
  readonly isRequest: boolean;
  /** Answers the message. Returns false if it asks for no answer, or if the connection it arrived on has been lost. */
  respond(answer: Packet): boolean;
}

export interface SubscribeOptions {
  /** The members of a queue group share the messages: each message goes to one of them. */
  readonly queue?: string;
}

export interface Bus {
  readonly role: Role;
  /** Whether all actors on this bus are in one process; packets are then not encoded. */
  readonly isLocal: boolean;
  /** The actor's ID, new at each start. Its inbox is _INBOX.<role>.<id>. */
  readonly id: string;
  /** False while the connection is down. */
  readonly connected: boolean;
  /** What the server forbids this process to do, as human-readable text; null if nothing. */
  readonly refused: string | null;
  /** Sends without waiting for an answer. Sends nothing and returns false while disconnected. */
  publish(subject: string, packet: Packet): boolean;
  /**
   * Calls the handler for each message, in order, until stopped. A handler is synchronous: it records the message and
   * returns. If it throws, the error is logged and counted, never fatal.
   */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: SubscribeOptions,
  ): Subscription;
  /**
   * Sends a request and waits for one answer.
   *
   * @throws NoRespondersError at once if no subscriber listens, RequestTimeoutError after `timeoutMs`,
   *         DisconnectedError if the connection is down or lost while waiting, PermissionError if the server forbids
   *         this process to send the request or to receive the answer
   */
  request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet>;
  /** Sends a request to all subscribers and collects the answers that arrive within `waitMs`. */
  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]>;
  /** Registers a handler that runs after each reconnect, when an actor must announce its state again. */
  onReconnect(handler: () => void): void;
  /** Sends what is still queued, then closes the connection. */
  close(): Promise<void>;
}

export interface Subscription {
  stop(): void;
}

export class NoRespondersError extends Error {
  override readonly name = "NoRespondersError";
  readonly code = "NO_RESPONDERS";
  readonly subject: string;
  constructor(subject: string) {
    super(`Cannot ask ${subject}: no actor listens there`);
    this.subject = subject;
  }
}

export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";
  readonly code = "TIMEOUT";
  readonly subject: string;
  readonly timeoutMs: number;
  constructor(subject: string, timeoutMs: number) {
    super(`Cannot wait longer for ${subject}: no answer within ${timeoutMs} ms`);
    this.subject = subject;
    this.timeoutMs = timeoutMs;
  }
}

export class DisconnectedError extends Error {
  override readonly name = "DisconnectedError";
  readonly code = "DISCONNECTED";
  readonly subject: string;
  constructor(subject: string) {
    super(`Cannot send to ${subject}: the connection is down`);
    this.subject = subject;
  }
}

/** The server forbids this user the action. deploy/nats/nats.conf lists what each role may do. */
export class PermissionError extends Error {
  override readonly name = "PermissionError";
  readonly code = "PERMISSION";
  readonly action: "publish" | "subscribe";
  readonly subject: string;
  /** @param who the user, in human-readable form */
  constructor(action: "publish" | "subscribe", subject: string, who: string) {
    super(`Cannot ${action} to ${subject}: NATS does not let ${who} do it`);
    this.action = action;
    this.subject = subject;
  }
}
