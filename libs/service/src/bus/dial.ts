/** Opens the first connection: retries until it succeeds, and reports why it waits. */

import { connect as connectSocket } from "node:net";
import { backoffMs } from "../backoff.ts";
import { sleep, systemClock } from "../clock.ts";
import type { DialProblem } from "./dial-problem.ts";

/** Limit for one dial, in case a server accepts the connection but never answers. */
export const dialMsMax = 5000;

/** NATS could not be reached within the caller's time limit. */
export class ConnectTimeoutError extends Error {
  override readonly name = "ConnectTimeoutError";
  readonly code = "CONNECT_TIMEOUT";
  readonly url: string;
  readonly timeoutMs: number;
  readonly problem: DialProblem;
  constructor(url: string, timeoutMs: number, problem: DialProblem) {
    super(`Cannot connect to NATS at ${url}: it must be there within ${timeoutMs} ms, got: ${problem.text}`);
    this.url = url;
    this.timeoutMs = timeoutMs;
    this.problem = problem;
  }
}

/** NATS may be slow, or silent because it refuses the client's certificate. */
class NoAnswerError extends Error {
  override readonly name = "TimeoutError";
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
  readonly explain: (error: unknown) => DialProblem;
  /** Hears of each failure. */
  readonly failed: (problem: DialProblem) => void;
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
  const { explain, failed, servers } = options;
  let problem = explain(new NoAnswerError("no answer yet"));
  const note = (error: unknown) => {
    problem = explain(error);
    failed(problem);
  };
  for (let attempt = 0; ; attempt += 1) {
    const opened = await openUnless(deadline, options);
    if ("connection" in opened) return opened.connection;
    if (opened.error !== undefined) note(opened.error);
    for (;;) {
      if (deadline.aborted) throw ending(options, problem);
      await sleep(systemClock, backoffMs(attempt), deadline);
      // The library leaks the socket of a dial that timed out, so dial only once a probe finds a NATS server.
      const silent = await probe(servers, deadline);
      if (silent === undefined || deadline.aborted) break;
      note(silent);
      attempt += 1;
    }
  }
}

type Opened<Connection> = { connection: Connection } | { error: unknown };

async function openUnless<Connection>(
  deadline: AbortSignal,
  options: FirstDial<Connection>,
): Promise<Opened<Connection>> {
  if (deadline.aborted) return { error: undefined };
  const ended = new AbortController();
  const gone = new Promise<undefined>((resolve) => {
    deadline.addEventListener("abort", () => resolve(undefined), { once: true, signal: ended.signal });
  });
  const opening = options.open();
  try {
    const connection = await Promise.race([opening, gone]);
    if (connection !== undefined) return { connection };
    opening.then(options.discard, () => {});
    return { error: undefined };
  } catch (error) {
    return { error };
  } finally {
    ended.abort();
  }
}

function ending<Connection>(options: FirstDial<Connection>, problem: DialProblem): unknown {
  if (options.signal?.aborted) return options.signal.reason;
  return new ConnectTimeoutError(options.display, options.timeoutMs ?? 0, problem);
}

/** Returns undefined if one of the servers speaks NATS, otherwise why the last one does not. */
async function probe(servers: readonly string[], signal: AbortSignal): Promise<unknown> {
  let why: unknown = "no server named";
  for (const server of servers) {
    why = await probeOne(server, signal);
    if (why === undefined) return undefined;
  }
  return why;
}

function probeOne(server: string, signal: AbortSignal): Promise<unknown> {
  const { hostname, port } = new URL(`nats://${server}`);
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname.replace(/^\[|\]$/g, ""));
    const timer = setTimeout(() => done(`no greeting within ${dialMsMax} ms`), dialMsMax);
    const aborted = (): void => done("given up");
    function done(why: unknown): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      resolve(why);
    }
    signal.addEventListener("abort", aborted, { once: true });
    // The greeting starts with INFO; these four bytes always arrive in one chunk.
    socket.once("data", (bytes) =>
      done(bytes.toString("latin1", 0, 4).toUpperCase() === "INFO" ? undefined : "not a NATS server"),
    );
    socket.once("error", done);
    socket.once("close", () => done("closed without a greeting"));
  });
}
