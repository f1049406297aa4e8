/** The trainer's entry point. */

import { randomBytes } from "node:crypto";
import { type ActorSettings, withActor } from "@memnet/service";
import { gpuEnvironment } from "@memnet/service/gpus";
import { createCombiner } from "memnet";
import type { Computer, ComputerSettings } from "./computer.ts";
import { isShort, localComputer, threadedComputer } from "./placement.ts";
import { run, type TrainerOptions } from "./run.ts";

export interface TrainerSettings extends ActorSettings, TrainerOptions {
  /** Which of several GPUs to use; null for the system's default. */
  readonly device: number | null;
  /** Whether to compute in a separate thread, however short the work, because another trainer uses the main thread. */
  readonly ownThread?: boolean;
  /** Whether this is the run's only trainer, in its coordinator's process. */
  readonly alone?: boolean;
}

/** @returns "idle" if there was no run for too long, "stopped" if the signal was aborted */
export async function main(settings: TrainerSettings, signal: AbortSignal): Promise<"idle" | "stopped"> {
  // Set this before the engine's thread starts: drivers read the process's environment.
  if (settings.device !== null) Object.assign(process.env, gpuEnvironment(settings.device));
  const { alone = false, ownThread = false } = settings;
  const createComputer = (asked: ComputerSettings): Promise<Computer> => {
    const computing = { ...asked, alone };
    return !ownThread && isShort(asked.training) ? localComputer(computing) : threadedComputer(computing);
  };
  const secret = randomBytes(16).toString("hex");
  return withActor("trainer", settings, signal, (actor) =>
    run({ actor, createComputer, createCombiner, secret }, settings, signal),
  );
}
