/** The page's HTTP routes: HTML, JSON, CSV, episodes, and new lines as they arrive. Independent of sockets. */

import { diskCode } from "@memnet/runs";
import { type Log, nameIn } from "@memnet/service";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import type { Assets } from "./assets.ts";
import { csvPieces, curvesOf, within } from "./curves.ts";
import { episodeSvg } from "./episode-picture.ts";
import { comparisonPage, messagePage, runPage, runsPage, sweepPage, testPage } from "./html.ts";
import { liveEvents } from "./live.ts";
import { BusyError, type Player } from "./player.ts";
import { comparisonQuery, curvesQuery, episodeQuery, partQuery, pointsQuery } from "./queries.ts";
import type { FoundRun, RunData } from "./run-data.ts";
import { readEpisode } from "./shared/episode.ts";
import type { Streams } from "./streams.ts";
import type { Who } from "./who.ts";

/**
 * Maximum number of attempts if checkpoints are thinned out while an episode is queued. Only a snapshot removes
 * checkpoints, and most waits are shorter than the time between two snapshots.
 */
const triesMax = 3;

export interface PageDeps {
  readonly data: RunData;
  /** Null if actors are not asked; the page then shows only what the files say. */
  readonly who: Who | null;
  readonly player: Player;
  readonly assets: Assets;
  readonly log: Log;
  /** Whether a browser may address this server by the name. */
  readonly isKnown: (name: string) => boolean;
  readonly streams: Streams;
  /** Returns the command that shows a run once this server is gone. */
  readonly showCommand?: ((run: string) => string) | undefined;
}

export function pageApp({ data, who, player, assets, log, isKnown, streams, showCommand }: PageDeps): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
      xFrameOptions: "DENY",
      referrerPolicy: "no-referrer",
      strictTransportSecurity: false,
      crossOriginResourcePolicy: "same-origin",
    }),
  );
  app.use(async (context, next) => {
    if (context.req.method !== "GET" && context.req.method !== "HEAD") {
      return context.text("This page only shows: it answers GET and HEAD\n", 405, { allow: "GET, HEAD" });
    }
    const name = nameIn(context.req.header("host"));
    if (!isKnown(name)) {
      const how = "memnet evaluator --page-name, or MEMNET_PAGE_NAMES, makes a name known";
      return context.text(`This page is not known by the name ${name.slice(0, 80)}: ${how}\n`, 421);
    }
    await next();
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  });
  app.use(bodyLimit({ maxSize: 0 }));

  const found = async (run: string): Promise<FoundRun> => {
    const one = await data.find(run);
    if (!one) throw new HTTPException(404, { message: `There is no run ${run.slice(0, 80)} here` });
    return one;
  };

  app.get("/", async (context) => context.html(runsPage(await assets.scriptsOf("runs-view"))));
  app.get("/compare", async (context) => {
    const { runs } = comparisonQuery(context.req.query());
    return context.html(comparisonPage(runs, await assets.scriptsOf("sweep-view")));
  });
  app.get("/env/:name", async (context) => {
    const name = context.req.param("name");
    // A run's name cannot end in _test.
    if (name.endsWith("_test")) {
      const head = await data.head(await found(name.slice(0, -5)));
      return context.html(testPage(head, await assets.scriptsOf("episode-view")));
    }
    const head = await data.head(await found(name));
    const scripts = await assets.scriptsOf("run-view");
    return context.html(runPage(head, { scripts, asks: who !== null, show: showCommand?.(name) }));
  });
  app.get("/sweep/:name", async (context) => {
    const name = context.req.param("name");
    if (!(await data.sweeps.has(name))) throw noSweep(name);
    return context.html(sweepPage(name, await assets.scriptsOf("sweep-view")));
  });
  app.get("/assets/:name", async (context) => {
    const asset = await assets.get(context.req.param("name"));
    if (!asset) throw new HTTPException(404, { message: "There is no such file" });
    const cache = asset.isFixed ? "max-age=31536000, immutable" : "no-cache";
    return context.body(asset.body, 200, { "content-type": asset.type, "cache-control": cache });
  });

  app.get("/api/sweeps", async (context) => context.json({ sweeps: await data.sweeps.list() }));
  app.get("/api/sweeps/:name", async (context) => {
    const name = context.req.param("name");
    const query = context.req.query();
    const news = await data.sweeps.news(name, query.from ?? "", curvesQuery(query));
    if (!news) throw noSweep(name);
    return context.json(news);
  });
  app.get("/api/compare", async (context) => {
    const query = context.req.query();
    const { from = "" } = query;
    const news = await data.comparisons.news(comparisonQuery(query), from, curvesQuery(query));
    if (!news) throw new HTTPException(404, { message: "None of these runs is here" });
    return context.json(news);
  });
  app.get("/api/runs", async (context) => context.json({ runs: await data.list() }));
  app.get("/api/runs/:run", async (context) =>
    context.json(await data.details(await found(context.req.param("run")))),
  );
  app.get("/api/runs/:run/curves", async (context) => {
    const points = pointsQuery(context.req.query("points"));
    const part = partQuery(context.req.query());
    const { run, config } = await found(context.req.param("run"));
    const columns = await data.metrics(run).read();
    const shown = part ? within(columns, part, config.training.sequencesPerStep) : columns;
    return context.json(curvesOf(run, shown, points));
  });
  app.get("/api/runs/:run/curves.csv", async (context) => {
    const { run, config } = await found(context.req.param("run"));
    const pieces = csvPieces(await data.metrics(run).read(), config.training.sequencesPerStep);
    return context.body(streamOf(pieces), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${run}.csv"`,
    });
  });
  app.get("/api/runs/:run/live", async (context) => {
    const { run } = await found(context.req.param("run"));
    const cursor = context.req.header("last-event-id") ?? context.req.query("from") ?? "";
    return liveEvents(context, { data, who, streams, run, cursor });
  });
  app.get("/api/runs/:run/model", async (context) => {
    const { config } = await found(context.req.param("run"));
    const job = { training: config.training, taskFile: config.operation.taskFile };
    return context.json(await player.describe(job, context.req.raw.signal));
  });
  const played = async (run: string, query: Record<string, string>, signal: AbortSignal) => {
    for (let tries = 1; ; tries++) {
      const one = await found(run);
      const { step, ...asked } = episodeQuery(query);
      const path = await data.checkpoint(one, step);
      if (path === undefined) {
        throw new HTTPException(404, { message: `Run ${one.run} has no checkpoint yet` });
      }
      const { training, operation } = one.config;
      const job = { training, taskFile: operation.taskFile, path, ...asked };
      try {
        return (await player.play(job, signal)) as Uint8Array<ArrayBuffer>;
      } catch (error) {
        // The checkpoint was thinned out meanwhile; another one is the nearest now.
        if (diskCode(error) !== "ENOENT" || tries >= triesMax) throw error;
      }
    }
  };
  app.get("/api/runs/:run/episode", async (context) => {
    const { req } = context;
    const file = await played(req.param("run"), req.query(), req.raw.signal);
    return context.body(file, 200, { "content-type": "application/octet-stream" });
  });
  app.get("/api/runs/:run/episode.svg", async (context) => {
    const { req } = context;
    const run = req.param("run");
    const file = await played(run, req.query(), req.raw.signal);
    return context.body(episodeSvg(run, readEpisode(file.slice().buffer)), 200, {
      "content-type": "image/svg+xml",
      "content-disposition": `attachment; filename="${run}-episode.svg"`,
    });
  });

  const refuse = (status: 400 | 404 | 500 | 503, message: string, path: string) => {
    const title = status === 404 ? "Not found" : status === 500 ? "Something went wrong" : "Not possible";
    return path.startsWith("/api/") ? { json: { error: message } } : { page: messagePage(title, message) };
  };
  app.notFound((context) => {
    const said = refuse(404, "There is no such page", context.req.path);
    return said.page ? context.html(said.page, 404) : context.json(said.json, 404);
  });
  app.onError((error, context) => {
    const status =
      error instanceof HTTPException
        ? (error.status as 400 | 404)
        : error instanceof BusyError
          ? 503
          : error instanceof RangeError || error instanceof TypeError
            ? 400
            : 500;
    if (status === 500 && !context.req.raw.signal.aborted) log.error("Cannot answer the page", { error });
    const message =
      status === 500 ? "This could not be answered; the evaluator's log says why" : error.message;
    const said = refuse(status, message, context.req.path);
    return said.page ? context.html(said.page, status) : context.json(said.json, status);
  });
  return app;
}

function noSweep(name: string): HTTPException {
  return new HTTPException(404, { message: `There is no sweep ${name.slice(0, 80)} here` });
}

function streamOf(pieces: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}
