/** What Prometheus and an orchestrator ask of a process: /metrics, /healthz, /readyz. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenOr } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthOptions {
  /** 0 takes a free one; null the usual one, or a free one where another process has it. */
  readonly port: number | null;
  /** The port that is tried first where `port` is null. */
  readonly usualPort?: number;
  /** 127.0.0.1 where it is left out: a cluster opens it to its network by name. */
  readonly host?: string;
  readonly metrics: Metrics;
  /** True, or why not. */
  readonly ready: () => boolean | string;
  readonly log: Log;
}

/** What a page answers with. */
export interface PageAnswer {
  readonly text: string;
  readonly type: string;
}
/** @param localAddress the address of this machine that was asked */
export type Page = (localAddress: string) => Promise<PageAnswer>;

export interface Health extends AsyncDisposable {
  readonly port: number;
  /** Serves one more path. */
  page(path: string, page: Page): void;
  close(): Promise<void>;
}

/** Serves what several actors of one process have to say. */
export interface SharedHealth extends Health {
  /** Serves an actor's metrics at a path of its own; the process is ready once all actors are. */
  add(metricsPath: string, metrics: Metrics, ready: () => boolean | string): void;
}

/** As serveHealth(), for the actors of one process. @param options the process's own metrics, at /metrics */
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
 * /healthz answers as long as the event loop turns, /readyz by `ready`.
 *
 * @throws PortInUseError naming the port
 */
export async function serveHealth(options: HealthOptions): Promise<Health> {
  const host = options.host ?? "127.0.0.1";
  const pages = new Map<string, Page>();
  const server = createServer((request, response) => {
    answer(options, pages, request, response).catch((error) => {
      options.log.error("Cannot answer a health request", { error });
      if (!response.headersSent) send(response, 500, "failed\n");
      else response.destroy();
    });
  });
  // Ten seconds for a whole request is Prometheus's own usual patience.
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
  options: HealthOptions,
  pages: ReadonlyMap<string, Page>,
  { method = "", url = "", socket }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "only GET and HEAD\n");
  }
  const path = url.split("?")[0]!;
  switch (path) {
    case "/metrics": {
      const { registry } = options.metrics;
      const text = await registry.metrics();
      return send(response, 200, text, registry.contentType);
    }
    case "/healthz":
      return send(response, 200, "ok\n");
    case "/readyz": {
      const ready = options.ready();
      if (ready === true) return send(response, 200, "ready\n");
      return send(response, 503, `${ready === false ? "not ready" : ready}\n`);
    }
  }
  const page = pages.get(path);
  if (!page) return send(response, 404, "no such page\n");
  const { text, type } = await page(socket.localAddress ?? "127.0.0.1");
  send(response, 200, text, type);
}

/** node:http leaves the body of an answer to HEAD out by itself. */
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
