/** The evaluator's process: its surroundings, then run(). */

import { type ActorSettings, systemDisk, withActor } from "@memnet/service";
import { run } from "./run.ts";
import { threadMeasurer } from "./thread-measurer.ts";

export interface EvaluatorSettings extends ActorSettings {
  /** The runs folder; made where it is not there. */
  readonly runsDir: string;
  /** Of memnet; beside those of Node.js and the machine in each new run's config.json. */
  readonly version?: string;
}

/** Until the signal. @throws FencedError, OtherFolderError, and what the connection throws */
export function main(settings: EvaluatorSettings, signal: AbortSignal): Promise<void> {
  return withActor("evaluator", settings, signal, (actor) =>
    run(
      {
        actor,
        disk: systemDisk,
        root: settings.runsDir,
        measurer: threadMeasurer(),
        versions: {
          ...(settings.version === undefined ? {} : { memnet: settings.version }),
          node: process.versions.node,
          platform: `${process.platform}-${process.arch}`,
        },
      },
      signal,
    ),
  );
}
