/** Streams a run's new lines and state changes as server-sent events. */

import { setTimeout } from "node:timers/promises";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { clusterOf } from "./cluster.ts";
import { continues, cursorText, curvesOf, parseCursor } from "./curves.ts";
import type { RunData } from "./run-data.ts";
import { isUnderWay } from "./shared/state.ts";
import { type Streams, streamsMax } from "./streams.ts";
import type { Who } from "./who.ts";

/** Interval at which the files are checked: instant for a person, and almost no work for the disk. */
const lookMs = 500;
/** Maximum number of points in one update. Lines arrive one snapshot at a time, and a screen has no room for more. */
const pointsAtOnce = 100;
/**
 * Number of file checks between two questions about the run's state or the cluster, which go over the bus and are less
 * frequent.
 */
const looksAState = 4;
const looksACluster = 2;
/** Number of file checks between two comments, which keep proxies from closing a silent connection. */
const looksAComment = 30;
export interface Followed {
  readonly data: RunData;
  /** Null if actors are not asked. */
  readonly who: Who | null;
  readonly run: string;
  readonly streams: Streams;
  /** Where the client's curves end. If they no longer match the file, the client is told to start over. */
  readonly cursor: string;
}

export function liveEvents(context: Context, { streams, ...followed }: Followed): Response {
  // A HEAD response has no reader that could ever end the stream.
  if (context.req.method === "HEAD") return context.body(null, 200, { "content-type": "text/event-stream" });
  if (streams.isFull) {
    throw new HTTPException(503, { message: `At most ${streamsMax} pages can be kept up to date` });
  }
  return streamSSE(context, (stream) => streams.run((closing) => sendEvents(stream, followed, closing)));
}

async function sendEvents(
  stream: SSEStreamingApi,
  { data, who, run, cursor }: Omit<Followed, "streams">,
  closing: AbortSignal,
): Promise<void> {
  let from = parseCursor(cursor);
  let state = "";
  let cluster = "";
  for (let look = 0; !stream.aborted && !stream.closed; look++) {
    // Whatever happens after this look is sent by the next one.
    const isLast = closing.aborted;
    if (isLast || look % looksAState === 0) {
      const found = await data.state(run);
      const now = JSON.stringify(found);
      if (now !== state) await stream.writeSSE({ event: "state", data: now });
      state = now;
      // No message says that the actors of a local run have left with its page.
      if (who && isLast && !isUnderWay(found.state))
        await stream.writeSSE({ event: "cluster", data: JSON.stringify(clusterOf(run, [])) });
    }
    if (who && !isLast && look % looksACluster === 0) {
      const actors = await who();
      const now = JSON.stringify(actors && clusterOf(run, actors));
      if (now !== cluster) await stream.writeSSE({ event: "cluster", data: now });
      cluster = now;
    }
    const columns = await data.metrics(run).read();
    if (!from || !continues(from, columns)) {
      await stream.writeSSE({ event: "anew", data: "{}" });
      return;
    }
    const news = curvesOf(run, columns, pointsAtOnce, from);
    if (news.cursor !== cursorText(from)) {
      // Sent along, since a client that had to ask for them might find the server gone.
      const found = await data.find(run);
      if (found) await stream.writeSSE({ event: "details", data: JSON.stringify(await data.details(found)) });
      await stream.writeSSE({ event: "lines", data: JSON.stringify(news), id: news.cursor });
      from = parseCursor(news.cursor);
    } else if (look % looksAComment === 0) await stream.write(": still here\n\n");
    if (isLast) return;
    await setTimeout(lookMs, undefined, { signal: closing }).catch(() => {});
  }
}
