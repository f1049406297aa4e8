/** The questions of this process that are under way, by the subject their answers come to. */

import type { Packet } from "@memnet/protocol";
import { type Clock, systemClock } from "../clock.ts";
import { DisconnectedError, NoRespondersError, RequestTimeoutError } from "./bus.ts";

interface Waiting {
  readonly subject: string;
  take(answer: Packet): void;
  fail(error: Error): void;
  /** Nobody listens to the question. */
  refuse(): void;
}

/** Bounded by its askers: each question leaves at its deadline. */
export class Inbox {
  /** Subject that hears all answers. */
  readonly wildcard: string;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  #next = 0;

  /** @param prefix _INBOX.<role>.<id> */
  constructor(prefix: string, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#prefix = `${prefix}.`;
    this.wildcard = `${prefix}.*`;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Sends by `send(reply)`, false where the connection is down; resolves with the first answer. */
  one(subject: string, timeoutMs: number, send: (reply: string) => boolean): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const end = this.#open(send, subject, timeoutMs, {
        subject,
        take: (answer) => end(() => resolve(answer)),
        fail: (error) => end(() => reject(error)),
        refuse: () => end(() => reject(new NoRespondersError(subject))),
        late: () => end(() => reject(new RequestTimeoutError(subject, timeoutMs))),
      });
    });
  }

  /** Gathers answers until `waitMs` is over; at once none where nobody listens. */
  many(subject: string, waitMs: number, send: (reply: string) => boolean): Promise<Packet[]> {
    const answers: Packet[] = [];
    return new Promise((resolve, reject) => {
      const end = this.#open(send, subject, waitMs, {
        subject,
        take: (answer) => void answers.push(answer),
        fail: (error) => end(() => reject(error)),
        refuse: () => end(() => resolve(answers)),
        late: () => end(() => resolve(answers)),
      });
    });
  }

  /** An answer has come; one that nobody waits for any more is let go. */
  deliver(reply: string, answer: Packet, noResponders: boolean): void {
    const waiting = this.#waiting.get(reply);
    if (!waiting) return;
    if (noResponders) waiting.refuse();
    else waiting.take(answer);
  }

  /** No answer can come: the connection is lost, unless another reason is given. */
  failAll(why: (subject: string) => Error = (subject) => new DisconnectedError(subject)): void {
    for (const waiting of [...this.#waiting.values()]) waiting.fail(why(waiting.subject));
  }

  /** Questions to this subject were not let through. */
  failAsked(subject: string, error: Error): void {
    for (const waiting of [...this.#waiting.values()]) if (waiting.subject === subject) waiting.fail(error);
  }

  #open(
    send: (reply: string) => boolean,
    subject: string,
    ms: number,
    waiting: Waiting & { late(): void },
  ): (settle: () => void) => void {
    this.#next += 1;
    const reply = this.#prefix + this.#next.toString(36);
    const cancel = this.#clock.after(ms, () => waiting.late());
    this.#waiting.set(reply, waiting);
    const end = (settle: () => void): void => {
      cancel();
      this.#waiting.delete(reply);
      settle();
    };
    let sent = false;
    try {
      sent = send(reply);
    } catch (error) {
      cancel();
      this.#waiting.delete(reply);
      throw error;
    }
    // Settled in a later turn, because the caller's `end` is not assigned before this returns.
    if (!sent) queueMicrotask(() => waiting.fail(new DisconnectedError(subject)));
    return end;
  }
}
