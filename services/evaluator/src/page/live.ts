/** New lines and another state of a run, told as they come: server-sent events. */

import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { streamSSE } from "hono/streaming";
import { clusterOf } from "./cluster.ts";
import { continues, cursorText, curvesOf, parseCursor } from "./curves.ts";
import type { RunData } from "./run-data.ts";
import type { Who } from "./who.ts";

/** How often files are looked at: what a person takes for at once, and next to nothing for the disk. */
const lookMs = 500;
/** Lines come a snapshot at a time; a screen has no room for more of them. */
const pointsAtOnce = 100;
/** Whether somebody trains it, and who is in, is asked over the bus: less often. */
const looksAState = 4;
const looksACluster = 2;
/** Comments keep what lies between from cutting a silent connection. */
const looksAComment = 30;
/** Windows that are open at the same time. */
const streamsMax = 64;

let streams = 0;

export interface Followed {
  readonly data: RunData;
  /** Null where nobody is asked. */
  readonly who: Who | null;
  readonly run: string;
  /** Where the asker's curves end; where they do not fit what is there now it is told to begin anew. */
  readonly cursor: string;
}

export function liveEvents(context: Context, { data, who, run, cursor }: Followed): Response {
  // Of an answer to HEAD nobody reads the stream, and nobody ends it.
  if (context.req.method === "HEAD") return context.body(null, 200, { "content-type": "text/event-stream" });
  if (streams >= streamsMax) {
    throw new HTTPException(503, { message: `At most ${streamsMax} pages can be kept up to date` });
  }
  return streamSSE(context, async (stream) => {
    streams++;
    try {
      let from = parseCursor(cursor);
      let state = "";
      let cluster = "";
      for (let look = 0; !stream.aborted && !stream.closed; look++) {
        if (look % looksAState === 0) {
          const now = JSON.stringify(await data.state(run));
          if (now !== state) await stream.writeSSE({ event: "state", data: now });
          state = now;
        }
        if (who && look % looksACluster === 0) {
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
          await stream.writeSSE({ event: "lines", data: JSON.stringify(news), id: news.cursor });
          from = parseCursor(news.cursor);
        } else if (look % looksAComment === 0) await stream.write(": still here\n\n");
        await stream.sleep(lookMs);
      }
    } finally {
      streams--;
    }
  });
}
