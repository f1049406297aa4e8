/** The thread that measures. It may block for long, since it answers no messages. */

import { serveThread } from "@memnet/service";
import { JobRunner, type MeasureJob } from "./measurer.ts";

const runner = new JobRunner();

const api = { measure: (job: MeasureJob) => runner.run(job, () => {}) };
export type MeasureApi = typeof api;

serveThread(api);
