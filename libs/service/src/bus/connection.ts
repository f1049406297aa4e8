/** Connects an actor to its bus. */

import type { Role } from "@memnet/protocol";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Bus } from "./bus.ts";
import { MemoryNetwork } from "./memory.ts";
import type { Outage } from "./outage.ts";
import type { ConnectionSettings } from "./servers.ts";
import { joinSocket } from "./socket.ts";

/** The Unix socket of a process on this machine that lets others join its network. */
export interface SocketAddress {
  readonly socket: string;
}

/** The route to the bus: over NATS, within this process, or through another process on this machine. */
export type Connection = ConnectionSettings | MemoryNetwork | SocketAddress;

export interface ConnectionOptions {
  readonly role: Role;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Cancels the wait for NATS. */
  readonly signal?: AbortSignal;
  /** How long to wait for NATS; without a limit if omitted. */
  readonly connectTimeoutMs?: number;
  /** Where to note why NATS cannot be reached. */
  readonly outage?: Outage;
}

/**
 * Connects to the bus.
 *
 * @throws the errors of connectBus() and joinSocket()
 */
export async function connect(connection: Connection, options: ConnectionOptions): Promise<Bus> {
  if (connection instanceof MemoryNetwork) return connection.connect(options);
  if ("socket" in connection) return joinSocket(connection.socket, options);
  // The NATS library is loaded only here: a run on one machine does not need it.
  const { connectBus } = await import("./nats.ts");
  return connectBus({ ...connection, ...options });
}
