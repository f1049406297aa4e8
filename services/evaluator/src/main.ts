/** The evaluator's process: its surroundings, then run(). */

import { type ActorSettings, EXIT, systemDisk, withActor } from "@memnet/service";
import { FencedError } from "./errors.ts";
import type { Held, PageSettings } from "./page/server.ts";
import { run } from "./run.ts";
import { targetsPage } from "./targets.ts";
import { threadMeasurer } from "./thread-measurer.ts";

export interface EvaluatorSettings extends ActorSettings {
  /** The runs folder; made where it is not there. */
  readonly runsDir: string;
  /** Where the runs' page is served; null leaves it out. */
  readonly page: PageSettings | null;
}

/** Until the signal. @returns the process's exit code. @throws OtherFolderError, and what the connection throws */
export function main(settings: EvaluatorSettings, signal: AbortSignal): Promise<number> {
  const { page, runsDir: root } = settings;
  return withActor("evaluator", settings, signal, async (actor, health) => {
    health?.page("/targets", targetsPage(actor));
    const versions = {
      ...(settings.version === undefined ? {} : { memnet: settings.version }),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    const files = { disk: systemDisk, root };
    const serve = async (held: Held) => {
      const { servePage, whoIsIn } = await import("./page/server.ts");
      return servePage({ ...page!, ...files, log: actor.log, held, who: whoIsIn(actor) });
    };
    const deps = { actor, ...files, measurer: threadMeasurer(), versions, ...(page && { page: serve }) };
    try {
      await run(deps, signal);
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      actor.log.warn(error.message, { code: error.code });
      return EXIT.fenced;
    }
  });
}
