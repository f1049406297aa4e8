/** Inspects a NATS server for `memnet doctor`: its facts, and what it permits a role. */

import { type Permissions, permissionsOf } from "@memnet/protocol";
import type { PermissionViolationError } from "@nats-io/transport-node";
import { PermissionError } from "./bus.ts";
import { type ConnectOptions, dialNats } from "./nats.ts";

/** The server itself acts on these messages, or keeps them. */
const isKept = /^(\$JS|memnet\.queue)\./;

export interface ServerFacts {
  /** The server's name, as its operator configured it. */
  readonly name: string;
  readonly version: string;
  readonly payloadBytesMax: number;
  /** Whether the server supports headers, and so can report that no subscriber listens to a request. */
  readonly headers: boolean;
  readonly encrypted: boolean;
  readonly roundTripMs: number;
}

export interface Inspection extends AsyncDisposable {
  readonly server: ServerFacts;
  /** Returns the actions that the role needs but the server forbids this user. */
  refusals(): Promise<readonly PermissionError[]>;
}

/**
 * Connects to a server and reads its facts.
 *
 * @throws the errors of dialNats()
 */
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
      // The library reports an error in a later turn than the one that reads it.
      await new Promise((resolve) => setImmediate(resolve));
      return refused.splice(0);
    },
    async [Symbol.asyncDispose]() {
      redial.stop();
      await connection.close();
    },
  };

  function tryAll({ publish, subscribe }: Permissions): void {
    // The test messages are empty, so that receivers ignore them, and name a run and an actor that do not exist.
    for (const subject of publish.filter((one) => !isKept.test(one)))
      connection.publish(subject.replaceAll("*", "doctor"));
    for (const subject of subscribe) connection.subscribe(subject, { callback: () => {} }).unsubscribe();
  }
}
