/** The data-env's entry point. */

import { type ActorSettings, withActor } from "@memnet/service";
import { mixedMaker } from "./maker.ts";
import { run } from "./run.ts";

export type DataEnvSettings = ActorSettings;

export function main(settings: DataEnvSettings, signal: AbortSignal): Promise<void> {
  return withActor("data-env", settings, signal, (actor) => run({ actor, maker: mixedMaker() }, signal));
}
