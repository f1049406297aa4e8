/**
 * Trains networks with an external memory, Neural Turing Machines and Differentiable Neural Computers, and shows what their
 * memory holds. In shapes, axes have fixed names: batch, time, heads, slots, width, hidden; arrays are row-major.
 *
 * @module memnet
 */

export type { Batch } from "./batch.ts";
export type { ModelConfig } from "./config/model.ts";
export type { OperationConfig } from "./config/operation.ts";
export { type PresetName, presets } from "./config/presets.ts";
export type { RunConfig } from "./config/settings.ts";
export type { TrainingConfig } from "./config/training.ts";
export type { TrainSettings } from "./config/written.ts";
export type { Trace, TraceTensor } from "./engines/engine.ts";
export { type EngineName, engineNames } from "./engines/registry.ts";
export type { Measured } from "./evaluation.ts";
export type { StepRecord } from "./learner.ts";
export { type LoadOptions, loadModel, type Model, type ModelStream, type Prediction } from "./model.ts";
export { Draws } from "./random/philox.ts";
export type { BuiltInSettings } from "./tasks/built-in-settings.ts";
export { TaskError } from "./tasks/check.ts";
export { defineTask, type SettingsOf, type TaskDefinition } from "./tasks/define.ts";
export { builtInTasks } from "./tasks/registry.ts";
export type { Channels, Sequence, Task, TaskSetting, TaskSettings } from "./tasks/task.ts";
export {
  type Best,
  type Recorder,
  type StepEvaluation,
  type Trained,
  type TrainOptions,
  train,
} from "./train.ts";
export { createTrainer, type Trainer, type TrainerOptions } from "./trainer.ts";
