/** The coordinator as a process. */

import { RefusedError } from "@memnet/protocol";
import { type ActorSettings, withActor } from "@memnet/service";
import { exitCodes, FencedError } from "./outcome.ts";
import { type CoordinatorOptions, run } from "./run.ts";
import { threadedUpdater } from "./threaded-updater.ts";

export interface CoordinatorSettings extends ActorSettings, CoordinatorOptions {}

/** @returns the process's exit code; see `exitCodes` */
export function main(settings: CoordinatorSettings, signal: AbortSignal): Promise<number> {
  const createUpdater = threadedUpdater();
  return withActor("coordinator", settings, signal, async (actor) => {
    try {
      const outcome = await run({ actor, createUpdater }, settings, signal);
      return exitCodes[outcome.state];
    } catch (error) {
      if (error instanceof RefusedError) {
        actor.log.error(error.message, { code: error.code });
        return exitCodes.refused;
      }
      if (error instanceof FencedError) {
        actor.log.warn(error.message, { code: error.code });
        return exitCodes.fenced;
      }
      throw error;
    }
  });
}
