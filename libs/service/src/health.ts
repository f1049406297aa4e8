/** What Prometheus and an orchestrator ask of a process: /metrics, /healthz, /readyz. */

import { createServer, type ServerResponse } from "node:http";
import { listen } from "./listen.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** 127.0.0.1 where it is left out: a cluster opens it to its network by name. */
  readonly host?: string;
  readonly metrics: Metrics;
  /** True, or why not. */
  readonly ready: () => boolean | string;
  readonly log: Log;
}

export interface Health extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * /healthz answers as long as the event loop turns, /readyz by `ready`.
 *
 * @throws PortInUseError naming the port
 */
export async function serveHealth(options: HealthOptions): Promise<Health> {
  const host = options.host ?? "127.0.0.1";
  const server = createServer((request, response) => {
    answer(options, request.method ?? "", request.url ?? "", response).catch((error) => {
      options.log.error("Cannot answer a health request", { error });
      if (!response.headersSent) send(response, 500, "failed\n");
      else response.destroy();
    });
  });
  // Ten seconds for a whole request is Prometheus's own usual patience.
  server.requestTimeout = 10_000;
  const port = await listen(server, options.port, host);
  options.log.info("Metrics are served", { host, port });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port, close, [Symbol.asyncDispose]: close };
}

async function answer(
  options: HealthOptions,
  method: string,
  url: string,
  response: ServerResponse,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return send(response, 405, "only GET and HEAD\n");
  }
  switch (url.split("?")[0]) {
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
    default:
      return send(response, 404, "no such page\n");
  }
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
