/** The coordinator's entry point. */

import { randomInt } from "node:crypto";
import { RefusedError } from "@memnet/protocol";
import { type Actor, type ActorSettings, exitStatus, withActor } from "@memnet/service";
import { createStepper, type Learner } from "memnet";
import { type ArbiterSettings, hasArbiter, threadedArbiter } from "./arbiter.ts";
import { exitCodes, FencedError } from "./outcome.ts";
import { type CoordinatorOptions, run } from "./run.ts";
import { localUpdater, threadedUpdater, type Updater } from "./updater.ts";

export interface CoordinatorSettings extends ActorSettings, CoordinatorOptions {
  /** Whether a run that was stopped counts as done: the process exits with 0, as for one that ended. */
  readonly stoppedIsDone: boolean;
}

/**
 * With up to this many parameters, adding up a step takes a few milliseconds. Larger models use a worker thread, so
 * that the main thread keeps answering messages.
 */
const parametersHereMax = 2 ** 18;

async function createUpdater({ messenger }: Actor, learner: Learner): Promise<Updater> {
  if (learner.parameters.length > parametersHereMax) return threadedUpdater(learner);
  return localUpdater(await createStepper(learner), (parameters, step) =>
    messenger.identity(parameters, `step ${step}`),
  );
}

/** @returns the process's exit code; see `exitCodes` */
export async function main(settings: CoordinatorSettings, signal: AbortSignal): Promise<number> {
  const { stoppedIsDone } = settings;
  try {
    return await lead(settings, signal);
  } catch (error) {
    // It was stopped before it had the run.
    if (error === signal.reason && !stoppedIsDone) return exitCodes.stopped;
    throw error;
  }
}

function lead(settings: CoordinatorSettings, signal: AbortSignal): Promise<number> {
  return withActor("coordinator", settings, signal, async (actor) => {
    try {
      const { isLocal } = actor.messenger.bus;
      const deps = {
        actor,
        createUpdater: (learner: Learner) => createUpdater(actor, learner),
        // Within one process nobody else's results have to be judged.
        createArbiter: (given: ArbiterSettings) =>
          isLocal || !hasArbiter(given.training) ? null : threadedArbiter(given),
        chance: () => randomInt(2 ** 32) / 2 ** 32,
      };
      const outcome = await run(deps, settings, signal);
      return outcome.state === "stopped" && settings.stoppedIsDone
        ? exitStatus.done
        : exitCodes[outcome.state];
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
