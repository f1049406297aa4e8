/** What the other workspaces use: the library, and its parts below. The published package exports `library.ts` alone. */

export { type Adder, createAdder, plainAdder, sumNode } from "./adder.ts";
export { type ArchitecturePart, architecture, architectureText } from "./architecture.ts";
export { assert } from "./assert.ts";
export { type BatchSizes, batchBytes, batchesOf, batchFloats, batchLength } from "./batch.ts";
export { checkpointBytesMax, decodeCheckpoint, encodeCheckpoint, parametersFrom } from "./checkpoint.ts";
export { type Combiner, createCombiner, plainCombiner } from "./combiner.ts";
export { canonicalJson, differingPaths, valueAt } from "./config/canonical-json.ts";
export { settingPaths, settingsProperties, wholeProperties } from "./config/json-schema.ts";
export { type ModelConfig, modelConfig } from "./config/model.ts";
export { type OperationConfig, operationConfig } from "./config/operation.ts";
export {
  preset,
  presetConfig,
  presetDefault,
  presetName,
} from "./config/presets.ts";
export { scheduledRate } from "./config/schedule.ts";
export {
  assignmentsBetween,
  checkSizes,
  merged,
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
export type { Engine, EngineOptions, Evaluation, TraceName } from "./engines/engine.ts";
export {
  chooseEngine,
  createEngine,
  type EngineChoice,
  usesGpu,
} from "./engines/registry.ts";
export { traceShapes } from "./engines/trace.ts";
export {
  beyondBatches,
  beyondTraining,
  evaluationSequences,
  isBetter,
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
export { grouped } from "./grouped.ts";
export { initialParameters } from "./initial-parameters.ts";
export { type Learner, newLearner, takeStep } from "./learner.ts";
export * from "./library.ts";
export { parameterCount, parameterLayout } from "./parameters.ts";
export { pause } from "./pause.ts";
export { fingerprint, probeBatch } from "./probe.ts";
export { philox, type Stream, streams } from "./random/philox.ts";
export {
  children,
  combine,
  isFiniteSum,
  isNode,
  isWithin,
  middle,
  type NodeSum,
  nodeKey,
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
  taskFrom,
  trialSizes,
  tryTask,
  type Widths,
  widthsOf,
} from "./tasks/check.ts";
export { longestNumbers } from "./tasks/longest.ts";
export { makeMicroBatch } from "./tasks/micro-batch.ts";
export { builtInTask, taskOf } from "./tasks/registry.ts";
export {
  beyondSplits,
  count,
  fixed,
  longest,
  range,
  type Split,
  settingsText,
} from "./tasks/task.ts";
export { didYouMean, unknownName } from "./unknown-name.ts";
export { forwardMultiplications } from "./work.ts";
