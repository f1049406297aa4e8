/** Starts what this page needs. Each kind of page loads its own script: that of charts is large, and a list has none. */

import { sayAway } from "./away.ts";
import { byId } from "./dom.ts";
import { askLists, askRun, askTest } from "./first.ts";

const { page, run = "", sweep = "" } = document.body.dataset;

begin()
  .catch(() => sayAway(true))
  .finally(() => byId("main").removeAttribute("aria-busy"));

async function begin(): Promise<void> {
  if (page === "runs") {
    const first = askLists();
    first.catch(() => {});
    await (await import("./runs-view.ts")).showRuns(first);
  } else if (page === "run") {
    const first = askRun(run);
    await (await import("./run-view.ts")).showRun(first);
  } else if (page === "test") {
    const first = askTest(run);
    await (await import("./episode-view.ts")).showEpisodes(first, "best");
  } else if (page === "sweep") await (await import("./sweep-view.ts")).showSweep(sweep);
  else if (page === "compare") await (await import("./sweep-view.ts")).showComparison();
}
