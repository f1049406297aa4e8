/** The worker: whole runs in, each trained in a process of its own. */

export { decodeJob, encodeJob, type Job, kindOf } from "./job.ts";
export type { Train, TrainEnd } from "./lane.ts";
export { main, type WorkerSettings } from "./main.ts";
export { run, type WorkerDeps, type WorkerOptions } from "./run.ts";
