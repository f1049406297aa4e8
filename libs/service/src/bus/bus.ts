/** The messages that an actor can send and hear: over NATS, or within a process. */

import type { Packet, Role } from "@memnet/protocol";

export interface BusMessage {
  readonly subject: string;
  readonly packet: Packet;
  /** Answers a request; false if no answer was asked for, or it was asked for on a connection that is lost. */
  respond(answer: Packet): boolean;
}

export interface SubscribeOptions {
  /** Members of one queue group share the messages. */
  readonly queue?: string;
}

export interface Bus {
  readonly role: Role;
  /** Whether all actors on this bus are in one process, where a packet is not encoded. */
  readonly isLocal: boolean;
  /** This actor's own id, new at each start; its inbox is _INBOX.<role>.<id>. */
  readonly id: string;
  /** False while the connection is down. */
  readonly connected: boolean;
  /** What the server does not let this process do, for people; null where it refuses nothing. */
  readonly refused: string | null;
  /** Sends and forgets; while disconnected nothing is sent and false comes back. */
  publish(subject: string, packet: Packet): boolean;
  /**
   * Calls the handler for each message, in order, until stopped. A handler is synchronous: it takes the
   * message down and returns. A handler that throws is logged and counted, never fatal.
   */
  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: SubscribeOptions,
  ): Subscription;
  /**
   * Asks and waits for one answer.
   *
   * @throws NoRespondersError at once where nobody listens, RequestTimeoutError after `timeoutMs`,
   *         DisconnectedError where the connection is down or lost meanwhile, PermissionError where the server does
   *         not let this process ask or hear the answer
   */
  request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet>;
  /** Asks everybody and gathers what comes within `waitMs`. */
  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]>;
  /** Called after each reconnect; an actor says then what it holds. */
  onReconnect(handler: () => void): void;
  /** Sends what is under way, then ends the connection. */
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
    super(`Cannot ask ${subject}: nobody listens there`);
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

/** The server does not let this user do it: what each role may do stands in deploy/nats/nats.conf. */
export class PermissionError extends Error {
  override readonly name = "PermissionError";
  readonly code = "PERMISSION";
  readonly action: "publish" | "subscribe";
  readonly subject: string;
  /** @param who the user, for people */
  constructor(action: "publish" | "subscribe", subject: string, who: string) {
    super(`Cannot ${action} to ${subject}: NATS does not let ${who} do it`);
    this.action = action;
    this.subject = subject;
  }
}
