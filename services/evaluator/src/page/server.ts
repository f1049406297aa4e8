/** The page's server: opens the port, and closes it again. */

import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { type Disk, type Log, listen, PortInUseError } from "@memnet/service";
import { pageApp } from "./app.ts";
import { clientAssets } from "./assets.ts";
import { threadPlayer } from "./player.ts";
import { pagePortDefault } from "./port.ts";
import { RunData } from "./run-data.ts";
import type { Who } from "./who.ts";

export { whoIsIn } from "./who.ts";

export interface PageSettings {
  /** 0 takes a free one; null the default one, or a free one where another process has it. */
  readonly port: number | null;
  readonly host: string;
}

export interface PageOptions extends PageSettings {
  readonly disk: Disk;
  readonly root: string;
  readonly log: Log;
  readonly held: (run: string) => Promise<boolean>;
  /** Null where nobody is asked who is in. */
  readonly who: Who | null;
}

export interface PageServer extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
}

/** @throws PortInUseError where the port that was asked for is taken */
export async function servePage({ port: wanted, host, log, who, ...deps }: PageOptions): Promise<PageServer> {
  const player = threadPlayer();
  const data = new RunData(deps);
  const { fetch } = pageApp({ data, who, player, assets: clientAssets(), log, hosts: namesOf(host) });
  const server = createAdaptorServer({ fetch }) as Server;
  server.requestTimeout = 10_000;
  const port = await opened(server, wanted, host, log);
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
  log.info("The page is served", { address });
  return {
    port,
    address,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, player.close()]);
    },
  };
}

async function opened(server: Server, wanted: number | null, host: string, log: Log): Promise<number> {
  if (wanted !== null) return listen(server, wanted, host);
  try {
    return await listen(server, pagePortDefault, host);
  } catch (error) {
    if (!(error instanceof PortInUseError)) throw error;
    log.warn("Another process has the page's usual port: taking a free one", { usual: pagePortDefault });
    return listen(server, 0, host);
  }
}

/** On the loopback interface a browser knows this server by these names alone. */
function namesOf(host: string): ReadonlySet<string> | null {
  return /^(127\.|::1$|localhost$)/.test(host) ? new Set(["localhost", "127.0.0.1", "[::1]", host]) : null;
}
