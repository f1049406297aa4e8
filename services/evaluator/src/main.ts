/** The evaluator's entry point. */

import { type ActorSettings, exitStatus, systemDisk, withActor } from "@memnet/service";
import { FencedError } from "./errors.ts";
import { threadMeasurer } from "./measurer.ts";
import type { Held, PageSettings } from "./page/server.ts";
import { run } from "./run.ts";
import { targetsPage } from "./targets.ts";

export interface EvaluatorSettings extends ActorSettings {
  /** The runs folder; created if missing. */
  readonly runsDir: string;
  /** Where to serve the runs' page; null serves none. */
  readonly page: PageSettings | null;
}

/**
 * Runs the evaluator until the signal aborts.
 *
 * @returns the process's exit code
 * @throws OtherFolderError, and errors of the connection
 */
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
      return exitStatus.done;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      actor.log.warn(error.message, { code: error.code });
      return exitStatus.fenced;
    }
  });
}
