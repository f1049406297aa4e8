/** Serves /metrics, /healthz and /readyz, for Prometheus and an orchestrator. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import { nameIn, namesOf } from "./host-names.ts";
import { listenOr } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthOptions {
  /** 0 picks a free port; null takes the usual port, or a free one if another process uses it. */
  readonly port: number | null;
  /** The port to try first if `port` is null. */
  readonly usualPort?: number;
  /** 127.0.0.1 by default; a cluster sets an address that its network can reach. */
  readonly host?: string;
  /** Further names by which clients reach the server, besides the machine's own; see namesOf(). */
  readonly names?: readonly string[];
  readonly metrics: Metrics;
  /** Returns true, or the reason why the process is not ready. */
  readonly ready: () => boolean | string;
  readonly log: Log;
}

/** A page's response. */
export interface PageAnswer {
  readonly text: string;
  readonly type: string;
}
/** @param localAddress the address of this machine that the request was sent to */
export type Page = (localAddress: string) => Promise<PageAnswer>;

export interface Health extends AsyncDisposable {
  readonly port: number;
  /** Serves one more path. */
  page(path: string, page: Page): void;
  close(): Promise<void>;
}

/** A server that several actors of one process share. */
export interface SharedHealth extends Health {
  /** Serves an actor's metrics at its own path. The process is ready once all its actors are. */
  add(metricsPath: string, metrics: Metrics, ready: () => boolean | string): void;
}

/**
 * Like serveHealth(), but for several actors of one process.
 *
 * @param options with the process's own metrics, served at /metrics
 */
export async function serveSharedHealth(options: Omit<HealthOptions, "ready">): Promise<SharedHealth> {
  const actors: (() => boolean | string)[] = [];
  const ready = () => actors.map((one) => one()).find((said) => said !== true) ?? true;
  const health = await serveHealth({ ...options, ready });
  return {
    ...health,
    add(path, { registry }, isReady) {
      actors.push(isReady);
      health.page(path, async () => ({ text: await registry.metrics(), type: registry.contentType }));
    },
  };
}

/**
 * Serves metrics and health. /healthz answers as long as the event loop runs, /readyz according to `ready`.
 *
 * @throws PortInUseError naming the port
 */
export async function serveHealth(options: HealthOptions): Promise<Health> {
  const host = options.host ?? "127.0.0.1";
  const isKnown = namesOf(host, [hostname(), ...(options.names ?? [])]);
  const pages = new Map<string, Page>();
  const server = createServer((request, response) => {
    answer({ ...options, isKnown }, pages, request, response).catch((error) => {
      options.log.error("Cannot answer a health request", { error });
      if (!response.headersSent) send(response, 500, "failed\n");
      else response.destroy();
    });
  });
  // Ten seconds is Prometheus's default timeout for a whole request.
  server.requestTimeout = 10_000;
  const port = await listenOr(server, options.port, options.usualPort ?? 0, host);
  options.log.info("Metrics are served", { host, port });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const page = (path: string, answers: Page) => void pages.set(path, answers);
  return { port, page, close, [Symbol.asyncDispose]: close };
}

async function answer(
  options: HealthOptions & { readonly isKnown: (name: string) => boolean },
  pages: ReadonlyMap<string, Page>,
  { method = "", url = "", socket, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "only GET and HEAD\n");
  }
  const path = url.split("?")[0]!;
  switch (path) {
    // Probes may use any name, and learn nothing that a port scan does not show.
    case "/healthz":
      return send(response, 200, "ok\n");
    case "/readyz": {
      const ready = options.ready();
      if (ready === true) return send(response, 200, "ready\n");
      return send(response, 503, `${ready === false ? "not ready" : ready}\n`);
    }
  }
  const name = nameIn(headers.host);
  if (!options.isKnown(name)) {
    const how = "MEMNET_METRICS_NAMES makes a name known";
    return send(response, 421, `These metrics are not known by the name ${name.slice(0, 80)}: ${how}\n`);
  }
  if (path === "/metrics") {
    const { registry } = options.metrics;
    return send(response, 200, await registry.metrics(), registry.contentType);
  }
  const page = pages.get(path);
  if (!page) return send(response, 404, "no such page\n");
  const { text, type } = await page(socket.localAddress ?? "127.0.0.1");
  send(response, 200, text, type);
}

/** Sends a response. For HEAD, node:http leaves out the body by itself. */
function send(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}
