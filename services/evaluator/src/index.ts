/** The evaluator: stores checkpoints, measures the model, and is the only writer to the runs folder. */

export { FencedError, OtherFolderError } from "./errors.ts";
export { type EvaluatorSettings, main, type ServePage } from "./main.ts";
export {
  inProcessMeasurer,
  JobRunner,
  type MeasureJob,
  type Measurer,
  type SplitFigures,
  threadMeasurer,
} from "./measurer.ts";
export { type EvaluatorDeps, run } from "./run.ts";
