/** The data-env: makes batches for built-in tasks and users' own tasks. */

export { type DataEnvSettings, main } from "./main.ts";
export { type Maker, TaskMaker } from "./maker.ts";
export { type DataEnvDeps, run } from "./run.ts";
