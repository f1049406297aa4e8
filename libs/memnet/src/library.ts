/** What the published package exports: all that README, "As a library", promises. */

export type { Batch } from "./batch.ts";
export { type PresetName, presets } from "./config/presets.ts";
export type { RunConfig, Settings } from "./config/settings.ts";
export type { Evaluation } from "./engines/engine.ts";
export { type EngineName, engineNames } from "./engines/registry.ts";
export type { Measured } from "./evaluation.ts";
export type { StepRecord } from "./learner.ts";
export { Draws } from "./random/philox.ts";
export { isTaskError, TaskError } from "./tasks/check.ts";
export { builtInTasks } from "./tasks/registry.ts";
export type { Channels, Sequence, Task, TaskSetting, TaskSettings } from "./tasks/task.ts";
export { type Trained, type TrainOptions, train } from "./train.ts";
