/** The data-env as a process. */

import { type ActorSettings, withActor } from "@memnet/service";
import { run } from "./run.ts";
import { threadedMaker } from "./threaded-maker.ts";

export type DataEnvSettings = ActorSettings;

export function main(settings: DataEnvSettings, signal: AbortSignal): Promise<void> {
  return withActor("data-env", settings, signal, (actor) =>
    run({ actor, createMaker: threadedMaker }, signal),
  );
}
