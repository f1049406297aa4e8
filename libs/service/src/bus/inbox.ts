/** Tracks this process's pending requests by their reply subject. */

import type { Packet } from "@memnet/protocol";
import { type Clock, systemClock } from "../clock.ts";
import { DisconnectedError, NoRespondersError, RequestTimeoutError } from "./bus.ts";

interface Waiting {
  readonly subject: string;
  take(answer: Packet): void;
  fail(error: Error): void;
  /** Handles the report that no subscriber listens to the request. */
  refuse(): void;
}

/** The pending requests. Their callers bound the number: each request leaves at its deadline. */
export class Inbox {
  /** The subject pattern that receives all answers. */
  readonly wildcard: string;
  private readonly prefix: string;
  private readonly clock: Clock;
  private readonly waiting = new Map<string, Waiting>();
  private next = 0;

  /** @param prefix _INBOX.<role>.<id> */
  constructor(prefix: string, clock: Clock = systemClock) {
    this.clock = clock;
    this.prefix = `${prefix}.`;
    this.wildcard = `${prefix}.*`;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Sends a request and resolves with the first answer. `send(reply)` returns false if the connection is down. */
  one(subject: string, timeoutMs: number, send: (reply: string) => boolean): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const end = this.open(send, subject, timeoutMs, {
        subject,
        take: (answer) => end(() => resolve(answer)),
        fail: (error) => end(() => reject(error)),
        refuse: () => end(() => reject(new NoRespondersError(subject))),
        late: () => end(() => reject(new RequestTimeoutError(subject, timeoutMs))),
      });
    });
  }

  /** Collects answers until `waitMs` has passed; resolves at once with none if no subscriber listens. */
  many(subject: string, waitMs: number, send: (reply: string) => boolean): Promise<Packet[]> {
    const answers: Packet[] = [];
    return new Promise((resolve, reject) => {
      const end = this.open(send, subject, waitMs, {
        subject,
        take: (answer) => void answers.push(answer),
        fail: (error) => end(() => reject(error)),
        refuse: () => end(() => resolve(answers)),
        late: () => end(() => resolve(answers)),
      });
    });
  }

  /** Delivers an answer to its request; ignores it if the request is no longer pending. */
  deliver(reply: string, answer: Packet, noResponders: boolean): void {
    const waiting = this.waiting.get(reply);
    if (!waiting) return;
    if (noResponders) waiting.refuse();
    else waiting.take(answer);
  }

  /** Fails all pending requests, by default because the connection is lost. */
  failAll(why: (subject: string) => Error = (subject) => new DisconnectedError(subject)): void {
    for (const waiting of [...this.waiting.values()]) waiting.fail(why(waiting.subject));
  }

  /** Fails the pending requests to this subject, which the server refused. */
  failAsked(subject: string, error: Error): void {
    for (const waiting of [...this.waiting.values()]) if (waiting.subject === subject) waiting.fail(error);
  }

  private open(
    send: (reply: string) => boolean,
    subject: string,
    ms: number,
    waiting: Waiting & { late(): void },
  ): (settle: () => void) => void {
    this.next += 1;
    const reply = this.prefix + this.next.toString(36);
    const cancel = this.clock.after(ms, () => waiting.late());
    this.waiting.set(reply, waiting);
    const end = (settle: () => void): void => {
      cancel();
      this.waiting.delete(reply);
      settle();
    };
    let sent = false;
    try {
      sent = send(reply);
    } catch (error) {
      cancel();
      this.waiting.delete(reply);
      throw error;
    }
    // Fail in a later microtask: the caller has not assigned `end` before this function returns.
    if (!sent) queueMicrotask(() => waiting.fail(new DisconnectedError(subject)));
    return end;
  }
}
