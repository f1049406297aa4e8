/** The page's server: opens the port, and closes it again. */

import { createServer, type RequestListener } from "node:http";
import { hostname } from "node:os";
import type { Held } from "@memnet/runs";
import { type Disk, type Log, listenOr, namesOf } from "@memnet/service";
import type { PageDeps } from "./app.ts";
import { clientAssets } from "./assets.ts";
import { threadPlayer } from "./player.ts";
import { pagePortDefault } from "./port.ts";
import { RunData } from "./run-data.ts";
import { Streams } from "./streams.ts";
import type { Who } from "./who.ts";

export { whoIsIn } from "./who.ts";

export interface PageSettings {
  /** 0 picks a free port; null picks the default one, or a free one if it is taken. */
  readonly port: number | null;
  readonly host: string;
  /** Further names by which browsers reach the server, such as a proxy's. */
  readonly names?: readonly string[];
  /** Called with the port once the page is served. */
  readonly onServed?: (port: number) => void;
  /** Returns the command that shows a run once this server is gone; by default none is named. */
  readonly showCommand?: (run: string) => string;
  /** Whether the routes are loaded at once, because nothing else is about to begin; by default at the first request. */
  readonly isAlone?: boolean;
}

export interface PageOptions extends PageSettings {
  readonly disk: Disk;
  readonly root: string;
  readonly log: Log;
  readonly held: Held;
  /** Null if actors are not asked. */
  readonly who: Who | null;
}

/** Time for the last answers to arrive; slower ones are cut off. */
const lateMs = 500;

export interface PageServer extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
}

/**
 * Serves the page.
 *
 * @throws PortInUseError if the requested port is taken
 */
export async function servePage({
  port: wanted,
  host,
  names = [],
  onServed,
  showCommand,
  isAlone = false,
  log,
  who,
  ...deps
}: PageOptions): Promise<PageServer> {
  const player = threadPlayer();
  const data = new RunData(deps);
  const isKnown = namesOf(host, [hostname(), ...names]);
  const streams = new Streams();
  const app = { data, who, player, assets: clientAssets(), log, isKnown, streams, showCommand };
  const listener = loaderOf(app);
  if (isAlone) listener().catch(() => {});
  const server = createServer(answering(listener, log));
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
      await streams.finish();
      // What was sent last may still be on its way; a connection is idle once it has arrived.
      const idle = setInterval(() => server.closeIdleConnections(), 10);
      const late = setTimeout(() => server.closeAllConnections(), lateMs);
      await closed;
      clearInterval(idle);
      clearTimeout(late);
      await player.close();
    },
  };
}

type Loader = () => Promise<RequestListener>;

/** Loads the routes once. That takes 0.1 s, which should not delay a run's first step. */
function loaderOf(deps: PageDeps): Loader {
  let loading: Promise<RequestListener> | undefined;
  return () => {
    loading ??= load(deps);
    return loading;
  };
}

function answering(loader: Loader, log: Log): RequestListener {
  return (request, response) => {
    loader().then(
      (listener) => listener(request, response),
      (error) => {
        log.error("Cannot load the page", { error });
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
