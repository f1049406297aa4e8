/**
 * The runs folder as a format: the locations of a run's files, their contents, and how to read them. Only the evaluator
 * writes them, but for notes, and for runs of the library, which the recorder writes (./recorder.ts).
 */

export { type BestLine, bestOf } from "./best.ts";
export {
  configurationKey,
  differingSettings,
  type FromPreset,
  nearestPreset,
  presetOf,
} from "./configurations.ts";
export { type Doubts, doubtsText, earlier, isExcluded, noDoubts, withDoubt } from "./doubts.ts";
export {
  type EvaluationPlan,
  isBeyondDue,
  isDue,
  measuredSteps,
  pendingSteps,
  satisfiedStep,
  validation,
} from "./due.ts";
export { DamagedRunError, diskCode, noSuchRun } from "./errors.ts";
export { figures, goalDefault, readFigures } from "./figures.ts";
export { groupedBy } from "./grouped.ts";
export { type Indexed, readIndexed } from "./indexed.ts";
export {
  addToIndex,
  checkpointLine,
  type EvaluationLine,
  eachLine,
  emptyIndex,
  evaluationLine,
  eventLine,
  isSkipped,
  type Line,
  type LineIndex,
  missingRecords,
  parseLine,
  type StepLine,
  staysAt,
  stepLine,
} from "./lines.ts";
export { type Note, noNote, noteCharactersMax, readNote, tagPattern, tagsMax, writeNote } from "./notes.ts";
export {
  checkpointPath,
  numbersOf,
  pathsIn,
  type RunPaths,
  removedName,
  runPaths,
  stepsOf,
} from "./paths.ts";
export { type CreateEngine, Prepared, type RunJob } from "./prepared.ts";
export { type Held, listFigures, listRuns, type RunOnDisk, readRun, removeRun, runNames } from "./reading.ts";
export {
  type Irregular,
  irregular,
  irregularText,
  isIrregular,
  Mender,
  type MetricsLine,
  Records,
  regular,
} from "./records.ts";
export { thinned } from "./retention.ts";
export {
  type Epoch,
  type Holder,
  readBestStep,
  readConfig,
  readDoubts,
  readEpoch,
  readIfThere,
  readState,
  readSteps,
  type StoredState,
  textOf,
} from "./run-files.ts";
export { type Spikes, spikesOf } from "./spikes.ts";
export { bestFirst, type Outcome, type Spread, type Spreads, spread, spreadsOf } from "./spread.ts";
export {
  differences,
  evaluationPlan,
  parseStoredConfig,
  relaxedAfterOpen,
  type StoredConfig,
  storedConfigText,
} from "./stored-config.ts";
export { readSummary, spikesIn, summary, unheld } from "./summary.ts";
export {
  readStandings,
  readSweep,
  type SweepRun,
  standing,
  sweepNames,
  sweepPath,
  sweepRuns,
  sweepsFolder,
  sweepText,
} from "./sweeps.ts";
