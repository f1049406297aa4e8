/** The thread that plays episodes. */

import type { RunJob } from "@memnet/runs";
import { serveThread, withTransfer } from "@memnet/service/thread";
import { type EpisodeJob, EpisodeRunner } from "./episode.ts";

const runner = new EpisodeRunner();

const api = {
  describe: (job: RunJob) => runner.describe(job),
  play: async (job: EpisodeJob) => {
    const file = await runner.play(job);
    return withTransfer(file, [file.buffer as ArrayBuffer]);
  },
};
export type EpisodeApi = typeof api;

serveThread(api);
