/** Opens the first connection: retries until it succeeds, and logs where and why it waits. */

import { connect as connectSocket } from "node:net";
import { backoffMs } from "../backoff.ts";
import { sleep, systemClock } from "../clock.ts";
import type { Log } from "../log.ts";

/** Limit for one dial, in case a server accepts the connection but never answers. */
export const dialMsMax = 5000;

/** Log interval while waiting: frequent enough to follow live, rare enough not to fill the log. */
const sayEveryMs = 3000;

/** NATS could not be reached within the caller's time limit. */
export class ConnectTimeoutError extends Error {
  override readonly name = "ConnectTimeoutError";
  readonly code = "CONNECT_TIMEOUT";
  readonly url: string;
  readonly timeoutMs: number;
  constructor(url: string, timeoutMs: number, reason: string) {
    super(`Cannot connect to NATS at ${url}: it must be there within ${timeoutMs} ms, got: ${reason}`);
    this.url = url;
    this.timeoutMs = timeoutMs;
  }
}

export interface FirstDial<Connection> {
  /** Servers to try, each as host:port. */
  readonly servers: readonly string[];
  /** The addresses in human-readable form. */
  readonly display: string;
  /** Tries all servers once. */
  readonly open: () => Promise<Connection>;
  /** Closes a connection that opened after the caller had given up. */
  readonly discard: (connection: Connection) => void;
  readonly log: Log;
  /** Without a limit if omitted. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Dials until a connection opens.
 *
 * @throws ConnectTimeoutError after `timeoutMs`, or the signal's reason once it aborts
 */
export async function dialFirst<Connection>(options: FirstDial<Connection>): Promise<Connection> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
  if (options.signal?.aborted) end();
  options.signal?.addEventListener("abort", end, { once: true });
  try {
    return await dialUntil(ended.signal, options);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", end);
  }
}

async function dialUntil<Connection>(
  deadline: AbortSignal,
  options: FirstDial<Connection>,
): Promise<Connection> {
  const started = systemClock.now();
  let said = Number.NEGATIVE_INFINITY;
  let reason = "no answer yet";
  for (let attempt = 0; ; attempt += 1) {
    const opened = await openUnless(deadline, options);
    if ("connection" in opened) return opened.connection;
    if (opened.reason !== undefined) reason = opened.reason;
    do {
      if (deadline.aborted) throw ending(options, reason);
      const now = systemClock.now();
      if (now - said >= sayEveryMs) {
        said = now;
        options.log.warn(`Waiting for NATS at ${options.display}`, {
          reason,
          waitedMs: Math.round(now - started),
        });
      }
      await sleep(systemClock, backoffMs(attempt), deadline);
      // The library leaks the socket of a dial that timed out, so dial only once a probe finds a NATS server.
      const failed = await probe(options.servers, deadline);
      if (failed === undefined) break;
      if (!deadline.aborted) reason = failed;
      attempt += 1;
    } while (!deadline.aborted);
  }
}

type Opened<Connection> = { connection: Connection } | { reason: string | undefined };

async function openUnless<Connection>(
  deadline: AbortSignal,
  options: FirstDial<Connection>,
): Promise<Opened<Connection>> {
  if (deadline.aborted) return { reason: undefined };
  const ended = new AbortController();
  const gone = new Promise<undefined>((resolve) => {
    deadline.addEventListener("abort", () => resolve(undefined), { once: true, signal: ended.signal });
  });
  const opening = options.open();
  try {
    const connection = await Promise.race([opening, gone]);
    if (connection !== undefined) return { connection };
    opening.then(options.discard, () => {});
    return { reason: undefined };
  } catch (error) {
    return { reason: describe(error) };
  } finally {
    ended.abort();
  }
}

function ending<Connection>(options: FirstDial<Connection>, reason: string): unknown {
  if (options.signal?.aborted) return options.signal.reason;
  return new ConnectTimeoutError(options.display, options.timeoutMs ?? 0, reason);
}

/** Returns undefined if one of the servers speaks NATS, otherwise why the last one does not. */
async function probe(servers: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  let reason: string | undefined = "no server named";
  for (const server of servers) {
    reason = await probeOne(server, signal);
    if (reason === undefined) return undefined;
  }
  return reason;
}

function probeOne(server: string, signal: AbortSignal): Promise<string | undefined> {
  const { hostname, port } = new URL(`nats://${server}`);
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname.replace(/^\[|\]$/g, ""));
    const timer = setTimeout(() => done(`no greeting within ${dialMsMax} ms`), dialMsMax);
    const aborted = (): void => done("given up");
    function done(reason: string | undefined): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      resolve(reason);
    }
    signal.addEventListener("abort", aborted, { once: true });
    // The greeting starts with INFO; these four bytes always arrive in one chunk.
    socket.once("data", (bytes) =>
      done(bytes.toString("latin1", 0, 4).toUpperCase() === "INFO" ? undefined : "not a NATS server"),
    );
    socket.once("error", (error) => done(describe(error)));
    socket.once("close", () => done("closed without a greeting"));
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message || error.name}${cause}`;
}
