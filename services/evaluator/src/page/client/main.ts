/** Begins what this page is for. */

import { showEpisodes } from "./episode-view.ts";
import { showRun } from "./run-view.ts";
import { keepListed } from "./runs-view.ts";

const { page, run = "" } = document.body.dataset;
if (page === "runs") keepListed();
else if (page === "run") void showRun(run);
else if (page === "test") void showEpisodes(run, "best");
