/** Runs the evaluator and the page of a runs folder in one process, whose network the hosts of several runs join. */

import { once } from "node:events";
import { MemoryNetwork, serveSocket } from "@memnet/service";
import { serveHealth, settingsOn } from "./actor-settings.ts";
import { Actors } from "./actors.ts";
import { startEvaluator } from "./evaluator.ts";
import type { HostSettings } from "./host.ts";
import type { HubPlan } from "./plan.ts";

/** Returns when the signal is aborted and all that the evaluator received is on the disk. */
export async function hub(plan: HubPlan, settings: HostSettings, signal: AbortSignal): Promise<void> {
  const { socket, metricsPort } = plan;
  const network = socket === null ? null : new MemoryNetwork({ isLocal: false });
  await using _joinable = network && (await serveSocket(network, socket!));
  const actors = new Actors();
  await using health = await serveHealth("hub", metricsPort, settings);
  const settingsOf = settingsOn(network ?? settings.connection, health, settings);
  const onServed = (port: number) =>
    settings.tell({ connected: true, ports: { port, metricsPort: health.port } });
  startEvaluator(actors, plan, settingsOf("evaluator"), onServed);
  if (!signal.aborted) await Promise.race([once(signal, "abort"), actors.failure]);
  await actors.stop("evaluator");
}
