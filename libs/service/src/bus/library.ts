/** Where the NATS library has to be led by the hand. */

import type { NatsConnection } from "@nats-io/transport-node";
import { backoffMs } from "../backoff.ts";

/** The library asks for the wait many times for one dial: it is drawn once, when a dial begins. */
export class Redial {
  waitMs = backoffMs(0);
  #attempt = 0;
  #stopped = false;

  dialing(): null {
    if (this.#stopped) throw new Error("Cannot dial: the bus is closed");
    this.waitMs = backoffMs(this.#attempt);
    this.#attempt += 1;
    return null; // the server that the library would take
  }

  succeeded(): void {
    this.#attempt = 0;
    this.waitMs = backoffMs(0);
  }

  stop(): void {
    this.#stopped = true;
  }
}

/** What the library does not show: used to look and to end, and left alone where a version lacks it. */
interface Internals {
  readonly transport?: {
    readonly socket?: { readonly writableLength: number; destroy(): void };
    discard(): void;
  };
}

export function internals(connection: NatsConnection): Internals | undefined {
  return (connection as { protocol?: Internals }).protocol;
}
