/** The coordinator: owns a run, hands out micro-batches, adds up gradients, updates the parameters. */

export type { Arbiter, ArbiterSettings } from "./arbiter.ts";
export { partition } from "./core/partition.ts";
export { type CoordinatorSettings, main } from "./main.ts";
export { exitCodes, FencedError, type Outcome } from "./outcome.ts";
export { type CoordinatorDeps, type CoordinatorOptions, run } from "./run.ts";
export { combinerFor, localUpdater, type Updater } from "./updater.ts";
