/** Where an actor's messages travel, and how it gets there. */

import type { Role } from "@memnet/protocol";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Bus } from "./bus.ts";
import { MemoryNetwork } from "./memory.ts";
import type { ConnectionSettings } from "./servers.ts";
import { joinSocket } from "./socket.ts";

/** The socket of a process of this machine, whose network others may join. */
export interface SocketAddress {
  readonly socket: string;
}

/** Over NATS, within this process, or into another process of this machine. */
export type Connection = ConnectionSettings | MemoryNetwork | SocketAddress;

export interface ConnectionOptions {
  readonly role: Role;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Ends the wait for NATS. */
  readonly signal?: AbortSignal;
  /** How long to wait for NATS; for ever if it is left out. */
  readonly connectTimeoutMs?: number;
}

/** @throws as connectBus() and joinSocket() do */
export async function connect(connection: Connection, options: ConnectionOptions): Promise<Bus> {
  if (connection instanceof MemoryNetwork) return connection.connect(options);
  if ("socket" in connection) return joinSocket(connection.socket, options);
  // Loads the library of NATS, which a run on one machine does without.
  const { connectBus } = await import("./nats.ts");
  return connectBus({ ...connection, ...options });
}
