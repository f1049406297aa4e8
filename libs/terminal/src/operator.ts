/** The command line as an actor: it asks and listens, but answers no requests. */

import type { Connection, ConnectionSettings, Messenger } from "@memnet/service";
import { CommandError } from "./exit.ts";
import { readLock } from "./lock.ts";
import { systemReason } from "./system-error.ts";

export interface Operator extends AsyncDisposable {
  readonly messenger: Messenger;
}

/**
 * A running NATS answers at once. This allows for one that is about to start, and for a lost answer of a name server,
 * which a resolver asks for again after 5 s (resolv.conf(5), `timeout`).
 */
const connectMsMax = 8000;
const againMs = 50;

/** @throws ConnectTimeoutError naming the address, CommandError if no process serves a socket */
export async function connectOperator(connection: Connection, signal?: AbortSignal): Promise<Operator> {
  const { connect, createMetrics, Messenger, silentLog, systemClock } = await import("@memnet/service");
  const metrics = createMetrics({ service: "operator", processMetrics: false });
  const options = { role: "operator", log: silentLog, metrics, connectTimeoutMs: connectMsMax } as const;
  const connecting = () => connect(connection, { ...options, ...(signal ? { signal } : {}) });
  const bus = "socket" in connection ? await onceServed(connecting) : await connecting();
  return {
    messenger: new Messenger({ bus, clock: systemClock, log: silentLog, metrics }),
    [Symbol.asyncDispose]: () => bus.close(),
  };
}

/**
 * Retries while no process serves the socket: a launcher locks its folder before its host serves the socket, and
 * restarts that process if it dies.
 */
export async function onceServed<T>(connecting: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + connectMsMax; ; ) {
    try {
      return await connecting();
    } catch (cause) {
      if (performance.now() > until) {
        const why = `${systemReason(cause)}, for ${connectMsMax / 1000} s`;
        throw new CommandError(`Cannot reach the launcher's run: ${why}`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/**
 * The NATS connection that the environment names, or one to another address with the environment's user and password.
 */
export async function connectionFrom(env: NodeJS.ProcessEnv, url?: string): Promise<ConnectionSettings> {
  const { readSettings } = await import("@memnet/service");
  return readSettings(url === undefined ? env : { ...env, NATS_URL: url }).nats;
}

/** How to reach the actors: over NATS, or through the socket of a launcher's process. */
export type Reach =
  | { readonly over: "nats"; readonly url: string }
  | { readonly over: "socket"; readonly path: string; readonly pid: number };

/** NATS_URL if it is set, else the address in the lock of this runs folder's launcher; null if there is neither. */
export function reachOf(env: NodeJS.ProcessEnv, runsDir: string): Reach | null {
  if (env.NATS_URL) return { over: "nats", url: env.NATS_URL };
  const held = readLock(runsDir);
  if (held?.socket) return { over: "socket", path: held.socket, pid: held.pid };
  return held?.url ? { over: "nats", url: held.url } : null;
}

/** @throws like connectOperator() */
export async function connectTo(reach: Reach, env: NodeJS.ProcessEnv): Promise<Operator> {
  if (reach.over === "socket") return connectOperator({ socket: reach.path });
  return connectOperator(await connectionFrom(env, reach.url));
}

/** @throws CommandError if neither NATS_URL nor a launcher says where the actors are; otherwise like connectTo() */
export async function operatorFor(env: NodeJS.ProcessEnv, runsDir: string): Promise<Operator> {
  const reach = reachOf(env, runsDir);
  if (reach === null) {
    throw new CommandError(
      `Cannot reach any run: NATS_URL is not set, and no launcher runs in ${runsDir} (--runs-dir names another folder)`,
    );
  }
  return connectTo(reach, env);
}
