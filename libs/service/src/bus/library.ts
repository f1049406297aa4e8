/** Workarounds for the NATS library. */

import type { NatsConnection } from "@nats-io/transport-node";
import { backoffMs } from "../backoff.ts";

/** Draws the wait once per dial, when the dial begins, because the library asks for it many times per dial. */
export class Redial {
  waitMs = backoffMs(0);
  private attempt = 0;
  private stopped = false;

  dialing(): null {
    if (this.stopped) throw new Error("Cannot dial: the bus is closed");
    this.waitMs = backoffMs(this.attempt);
    this.attempt += 1;
    return null; // keeps the server that the library chose
  }

  succeeded(): void {
    this.attempt = 0;
    this.waitMs = backoffMs(0);
  }

  stop(): void {
    this.stopped = true;
  }
}

/** Private parts of the library, used only to inspect, to close and to hear of failures. Every field is optional: a version may lack it. */
interface Internals {
  readonly transport?: {
    readonly socket?: { readonly writableLength: number; destroy(): void };
    /** Why the socket closed, such as the server's refusal of a certificate after the handshake. */
    readonly closeError?: unknown;
    discard(): void;
  };
  _doDial?(server: unknown): Promise<void>;
}

export function internals(connection: NatsConnection): Internals | undefined {
  return (connection as { protocol?: Internals }).protocol;
}

/** Calls a handler with the reason of each redial that fails, which the library keeps to itself. */
export function onDialFailure(connection: NatsConnection, handler: (error: unknown) => void): void {
  const protocol = internals(connection);
  const dial = protocol?._doDial?.bind(protocol);
  if (protocol === undefined || dial === undefined) return;
  protocol._doDial = async (server) => {
    try {
      await dial(server);
    } catch (error) {
      handler(protocol.transport?.closeError ?? error);
      throw error;
    }
  };
}
