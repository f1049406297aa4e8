/** The evaluator's entry point. */

import type { Held } from "@memnet/runs";
import {
  type Actor,
  type ActorSettings,
  type Disk,
  every,
  exitStatus,
  systemDisk,
  withActor,
} from "@memnet/service";
import { Attendance } from "./attendance.ts";
import { FencedError } from "./errors.ts";
import { threadMeasurer } from "./measurer.ts";
import { run } from "./run.ts";
import { measureSpace } from "./space.ts";
import { targetsPage } from "./targets.ts";

/** How often the evaluator asks which services are connected; one that misses three times in a row is cut off. */
const lookMs = 5000;

/** Serves the page of a runs folder until it is disposed of. */
export type ServePage = (served: {
  readonly actor: Actor;
  readonly disk: Disk;
  readonly root: string;
  readonly held: Held;
}) => Promise<AsyncDisposable>;

export interface EvaluatorSettings extends ActorSettings {
  /** The runs folder; created if missing. */
  readonly runsDir: string;
  /** Serves the runs' page; null serves none. */
  readonly page: ServePage | null;
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
    const attendance = new Attendance(actor);
    health?.page("/targets", targetsPage(attendance, actor.machine));
    measureSpace(actor.metrics, root);
    // On a local bus no service can be cut off.
    const look = () => void attendance.look().catch(() => {});
    const stopLooking = actor.messenger.bus.isLocal ? () => {} : every(actor.clock, lookMs, look);
    const versions = {
      ...(settings.version === undefined ? {} : { memnet: settings.version }),
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    };
    const files = { disk: systemDisk, root };
    const serve = page && { page: (held: Held) => page({ actor, ...files, held }) };
    const deps = { actor, ...files, measurer: threadMeasurer(), versions, ...serve, attendance };
    try {
      await run(deps, signal);
      return exitStatus.done;
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      actor.log.warn(error.message, { code: error.code });
      return exitStatus.fenced;
    } finally {
      stopLooking();
    }
  });
}
