/** The trainer: parameters and micro-batches in, gradients out. */

export { type Computer, type ComputerSettings, EngineComputer, type Probe } from "./computer.ts";
export { main, type TrainerSettings } from "./main.ts";
export { run, type TrainerDeps, type TrainerOptions } from "./run.ts";
export { threadedComputer } from "./threaded-computer.ts";
