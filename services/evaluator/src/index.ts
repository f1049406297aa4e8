/** The evaluator: keeps checkpoints, measures the model, and alone writes to the runs folder. */

export { type BestLine, bestOf } from "./best.ts";
export { DamagedRunError, FencedError, OtherFolderError } from "./errors.ts";
export { readFigures } from "./figures.ts";
export type { CheckpointLine, EvaluationLine, Line } from "./lines.ts";
export { type EvaluatorSettings, main } from "./main.ts";
export {
  inProcessMeasurer,
  JobRunner,
  type MeasureJob,
  type Measurer,
  type SplitFigures,
} from "./measurer.ts";
export type { PageSettings } from "./page/server.ts";
export { checkpointPath, type RunPaths, runPaths } from "./paths.ts";
export { listFigures, listRuns, type RunOnDisk, readRun, removeRun } from "./reading.ts";
export { type Irregular, irregularText } from "./records.ts";
export { type EvaluatorDeps, run } from "./run.ts";
export type { StoredState } from "./run-files.ts";
export type { StoredConfig } from "./stored-config.ts";
export { threadMeasurer } from "./thread-measurer.ts";
