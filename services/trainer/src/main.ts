/** The trainer as a process. */

import { type ActorSettings, withActor } from "@memnet/service";
import { run, type TrainerOptions } from "./run.ts";
import { threadedComputer } from "./threaded-computer.ts";

export interface TrainerSettings extends ActorSettings, TrainerOptions {}

export function main(settings: TrainerSettings, signal: AbortSignal): Promise<void> {
  return withActor("trainer", settings, signal, (actor) =>
    run({ actor, createComputer: threadedComputer }, settings, signal),
  );
}
