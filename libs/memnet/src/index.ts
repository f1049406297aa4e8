/** memnet as a library: configuration, tasks, models, engines, optimizers, checkpoints. See README, "As a library". */

export { type Adder, createAdder, plainAdder, sumNode } from "./adder.ts";
export { type ArchitecturePart, architecture, architectureText } from "./architecture.ts";
export { assert } from "./assert.ts";
export { type Batch, type BatchSizes, batchesOf, batchFloats, batchLength } from "./batch.ts";
export { decodeCheckpoint, encodeCheckpoint, parametersFrom } from "./checkpoint.ts";
export { canonicalJson, differingPaths, valueAt } from "./config/canonical-json.ts";
export { settingsProperties } from "./config/json-schema.ts";
export { type ModelConfig, modelConfig } from "./config/model.ts";
export { type OperationConfig, operationConfig } from "./config/operation.ts";
export {
  type PresetName,
  preset,
  presetConfig,
  presetDefault,
  presetName,
  presets,
} from "./config/presets.ts";
export { scheduledRate } from "./config/schedule.ts";
export {
  assignmentsBetween,
  merged,
  type RunConfig,
  runConfig,
  type Settings,
  settingsOf,
  withSetting,
} from "./config/settings.ts";
export {
  microBatchCount,
  modelOf,
  type OptimizerConfig,
  stagesOf,
  type TrainingConfig,
  taskSettings,
  taskSettingsAt,
  trainingConfig,
  trainingHash,
  writtenTraining,
} from "./config/training.ts";
export {
  type Condition,
  conditionText,
  type Figures,
  parseCondition,
  satisfies,
  type UntilConfig,
} from "./config/until.ts";
export { Divergence, divergenceSteps, guessingLoss, largestGuessingLoss } from "./divergence.ts";
export type { Engine, EngineOptions, Evaluation, Trace, TraceTensor } from "./engines/engine.ts";
export {
  chooseEngine,
  createEngine,
  type EngineChoice,
  engineNames,
  usesGpu,
} from "./engines/registry.ts";
export { traceShapes } from "./engines/trace.ts";
export {
  beyondBatches,
  beyondTraining,
  evaluationSequences,
  type Measured,
  measure,
  validationSplit,
} from "./evaluation.ts";
export {
  checkGolden,
  type GoldenResult,
  type GoldenTolerance,
  goldenModel,
  goldenTolerance,
} from "./golden.ts";
export { initialParameters } from "./initial-parameters.ts";
export { type Learner, newLearner, type StepRecord, takeStep } from "./learner.ts";
export { parameterCount, parameterLayout } from "./parameters.ts";
export { fingerprint, probeBatch } from "./probe.ts";
export { Draws, philox, type Stream, streams } from "./random/philox.ts";
export {
  children,
  combine,
  isNode,
  middle,
  type NodeSum,
  reduce,
  type TreeNode,
} from "./reduction.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors, type Tensor } from "./safetensors.ts";
export { bytesOf, parametersHash, sha256 } from "./sha256.ts";
export { createStepper, plainStepper, type Stepper } from "./stepper.ts";
export { type BatchPlace, makeBatch } from "./tasks/batches.ts";
export {
  channelsOf,
  checkTask,
  differingSequences,
  isTaskError,
  TaskError,
  taskFrom,
  trialSizes,
  tryTask,
  type Widths,
  widthsOf,
} from "./tasks/check.ts";
export { builtInTask, builtInTasks, taskOf } from "./tasks/registry.ts";
export {
  beyondSplits,
  type Channels,
  count,
  fixed,
  longest,
  range,
  type Sequence,
  type Split,
  settingsText,
  type Task,
  type TaskSetting,
  type TaskSettings,
} from "./tasks/task.ts";
export { type Trained, type TrainOptions, train } from "./train.ts";
export { didYouMean, unknownName } from "./unknown-name.ts";
export { forwardMultiplications } from "./work.ts";
