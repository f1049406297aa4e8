/** The worker's entry point. */

import { type ActorSettings, Gateway, openQueue, serveSocket, withActor } from "@memnet/service";
import type { Train } from "./lane.ts";
import { run, type WorkerOptions } from "./run.ts";

export interface WorkerSettings extends ActorSettings, WorkerOptions {
  /** The path of the Unix socket through which the runs' processes reach the evaluator. */
  readonly socket: string;
  readonly train: Train;
}

/**
 * @returns "idle" if there was no run for too long, "stopped" if the signal was aborted
 * @throws  Error if the connection has no queue
 */
export function main(settings: WorkerSettings, signal: AbortSignal): Promise<"idle" | "stopped"> {
  return withActor("worker", settings, signal, async (actor) => {
    const gateway = new Gateway(actor.messenger.bus);
    await using _joinable = await serveSocket(gateway, settings.socket, actor.log);
    const queue = await openQueue(actor.messenger.bus);
    return await run({ actor, queue, train: settings.train }, settings, signal);
  });
}
