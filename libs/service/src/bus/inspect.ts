/** What a NATS server says of itself, and what it lets a role do: for `memnet doctor`. */

import { type Permissions, permissionsOf } from "@memnet/protocol";
import type { PermissionViolationError } from "@nats-io/transport-node";
import { PermissionError } from "./bus.ts";
import { type ConnectOptions, dialNats } from "./nats.ts";

export interface ServerFacts {
  /** Its own, as the operator of the server named it. */
  readonly name: string;
  readonly version: string;
  readonly payloadBytesMax: number;
  /** Whether it can say that nobody listens to a question. */
  readonly headers: boolean;
  readonly encrypted: boolean;
  readonly roundTripMs: number;
}

export interface Inspection extends AsyncDisposable {
  readonly server: ServerFacts;
  /** What the server does not let this user do of all that its role needs. */
  refusals(): Promise<readonly PermissionError[]>;
}

/** @throws as connectBus() does */
export async function inspectNats(options: Omit<ConnectOptions, "metrics">): Promise<Inspection> {
  const { connection, who, redial } = await dialNats(options);
  const roundTripMs = await connection.rtt();
  const { info } = connection;
  const refused: PermissionError[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type !== "error" || status.error.name !== "PermissionViolationError") continue;
      const { operation, subject } = status.error as PermissionViolationError;
      refused.push(new PermissionError(operation === "publish" ? "publish" : "subscribe", subject, who));
    }
  })();
  return {
    server: {
      name: info?.server_name ?? "",
      version: info?.version ?? "",
      payloadBytesMax: info?.max_payload ?? 0,
      headers: info?.headers ?? false,
      encrypted: info?.tls_required === true || info?.tls_available === true,
      roundTripMs,
    },
    async refusals() {
      tryAll(permissionsOf(options.role));
      await connection.flush();
      // The library tells of an error in a later turn than the one that reads it.
      await new Promise((resolve) => setImmediate(resolve));
      return refused.splice(0);
    },
    async [Symbol.asyncDispose]() {
      redial.stop();
      await connection.close();
    },
  };

  function tryAll({ publish, subscribe }: Permissions): void {
    // Empty messages, which nobody heeds, about a run and to an actor that are not there.
    for (const subject of publish) connection.publish(subject.replaceAll("*", "doctor"));
    for (const subject of subscribe) connection.subscribe(subject, { callback: () => {} }).unsubscribe();
  }
}
