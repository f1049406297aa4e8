/** Starts what this page needs. */

import { sayAway } from "./away.ts";
import { showEpisodes } from "./episode-view.ts";
import { showRun } from "./run-view.ts";
import { keepListed } from "./runs-view.ts";
import { showSweep } from "./sweep-view.ts";

const { page, run = "", sweep = "" } = document.body.dataset;
if (page === "runs") keepListed();
else if (page === "run") showRun(run).catch(() => sayAway(true));
else if (page === "sweep") showSweep(sweep).catch(() => sayAway(true));
else if (page === "test") void showEpisodes(run, "best");
