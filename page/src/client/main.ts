/** Starts what this page needs. */

import { sayAway } from "./away.ts";
import { showEpisodes } from "./episode-view.ts";
import { showRun } from "./run-view.ts";
import { showRuns } from "./runs-view.ts";
import { showComparison, showSweep } from "./sweep-view.ts";

const { page, run = "", sweep = "" } = document.body.dataset;
if (page === "runs") void showRuns();
else if (page === "run") showRun(run).catch(() => sayAway(true));
else if (page === "sweep") showSweep(sweep).catch(() => sayAway(true));
else if (page === "compare") showComparison().catch(() => sayAway(true));
else if (page === "test") void showEpisodes(run, "best");
