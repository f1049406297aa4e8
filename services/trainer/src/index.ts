/** The trainer: parameters and micro-batches in, gradients out. */

export { type Computer, type ComputerSettings, EngineComputer, type Probe } from "./computer.ts";
export { main, type TrainerSettings } from "./main.ts";
export { threadedComputer } from "./placement.ts";
export { run, type TrainerDeps, type TrainerOptions } from "./run.ts";
