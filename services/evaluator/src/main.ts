/** The evaluator's process: its surroundings, then run(). */

import { type ActorSettings, systemDisk, withActor } from "@memnet/service";
import { FencedError } from "./errors.ts";
import { run } from "./run.ts";
import { targetsPage } from "./targets.ts";
import { threadMeasurer } from "./thread-measurer.ts";

export interface EvaluatorSettings extends ActorSettings {
  /** The runs folder; made where it is not there. */
  readonly runsDir: string;
}

/** A coordinator ends with the same where another has taken its run. */
const exitCodes = { done: 0, fenced: 75 } as const;

/** Until the signal. @returns the process's exit code. @throws OtherFolderError, and what the connection throws */
export function main(settings: EvaluatorSettings, signal: AbortSignal): Promise<number> {
  return withActor("evaluator", settings, signal, async (actor, health) => {
    health?.page("/targets", targetsPage(actor));
    const versions = {
      ...(settings.version === undefined ? {} : { memnet: settings.version }),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    const deps = { actor, disk: systemDisk, root: settings.runsDir, measurer: threadMeasurer(), versions };
    try {
      await run(deps, signal);
      return exitCodes.done;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      actor.log.warn(error.message, { code: error.code });
      return exitCodes.fenced;
    }
  });
}
