/** The page's server: opens the port, and closes it again. */

import { createServer, type RequestListener } from "node:http";
import { hostname } from "node:os";
import { type Disk, type Log, listenOr } from "@memnet/service";
import type { PageDeps } from "./app.ts";
import { clientAssets } from "./assets.ts";
import { namesOf } from "./names.ts";
import { threadPlayer } from "./player.ts";
import { pagePortDefault } from "./port.ts";
import { type Held, RunData } from "./run-data.ts";
import type { Who } from "./who.ts";

export type { Held } from "./run-data.ts";
export { whoIsIn } from "./who.ts";

export interface PageSettings {
  /** 0 takes a free one; null the default one, or a free one where another process has it. */
  readonly port: number | null;
  readonly host: string;
  /** Further names that browsers know it by, such as a proxy's. */
  readonly names?: readonly string[];
  /** Told the port once the page is served. */
  readonly onServed?: (port: number) => void;
}

export interface PageOptions extends PageSettings {
  readonly disk: Disk;
  readonly root: string;
  readonly log: Log;
  readonly held: Held;
  /** Null where nobody is asked who is in. */
  readonly who: Who | null;
}

export interface PageServer extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
}

/** @throws PortInUseError where the port that was asked for is taken */
export async function servePage({
  port: wanted,
  host,
  names = [],
  onServed,
  log,
  who,
  ...deps
}: PageOptions): Promise<PageServer> {
  const player = threadPlayer();
  const data = new RunData(deps);
  const isKnown = namesOf(host, [hostname(), ...names]);
  const server = createServer(listenerOf({ data, who, player, assets: clientAssets(), log, isKnown }));
  server.requestTimeout = 10_000;
  const port = await listenOr(server, wanted, pagePortDefault, host);
  onServed?.(port);
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

/** Loads what answers at the first request: it takes 0.1 s, for which no run's first step should wait. */
function listenerOf(deps: PageDeps): RequestListener {
  let loading: Promise<RequestListener> | undefined;
  return (request, response) => {
    loading ??= load(deps);
    loading.then(
      (listener) => listener(request, response),
      (error) => {
        deps.log.error("Cannot load the page", { error });
        response.destroy();
      },
    );
  };
}

async function load(deps: PageDeps): Promise<RequestListener> {
  const [{ getRequestListener }, { pageApp }] = await Promise.all([
    import("@hono/node-server"),
    import("./app.ts"),
  ]);
  return getRequestListener(pageApp(deps).fetch) as RequestListener;
}
