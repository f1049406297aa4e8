/** The trainer as a process. */

import { type ActorSettings, withActor } from "@memnet/service";
import { gpuEnvironment } from "@memnet/service/gpus";
import type { Computer, ComputerSettings } from "./computer.ts";
import { isShort, localComputer } from "./local-computer.ts";
import { run, type TrainerOptions } from "./run.ts";
import { threadedComputer } from "./threaded-computer.ts";

export interface TrainerSettings extends ActorSettings, TrainerOptions {
  /** Which of several GPUs; null for the one that the system prefers. */
  readonly device: number | null;
  /** Computes in a thread of its own, however short the work: another trainer computes in this one. */
  readonly ownThread?: boolean;
  /** Whether it is the run's only trainer, in its coordinator's process. */
  readonly alone?: boolean;
}

export async function main(settings: TrainerSettings, signal: AbortSignal): Promise<void> {
  // Before the engine's thread starts: drivers read the process's environment.
  if (settings.device !== null) Object.assign(process.env, gpuEnvironment(settings.device));
  const { alone = false, ownThread = false } = settings;
  const createComputer = (asked: ComputerSettings): Promise<Computer> => {
    const computing = { ...asked, alone };
    return !ownThread && isShort(asked.training) ? localComputer(computing) : threadedComputer(computing);
  };
  return withActor("trainer", settings, signal, (actor) => run({ actor, createComputer }, settings, signal));
}
