/** The data-env: makes batches of copy, repeat-copy and users' own tasks. */

export { type DataEnvSettings, main } from "./main.ts";
export { localMaker, type Maker } from "./maker.ts";
export { type DataEnvDeps, run } from "./run.ts";
